/**
 * What a run comes to, in floats: for people and for choosing between runs, never for booking. Money in the account's
 * currency, times in microseconds. Null where a statistic has no value (a Sharpe ratio of one day), never NaN.
 */
export interface RunStatistics {
  /** UTC days with a return: each from that of the first sample to that of the last, those without a sample included. */
  readonly observations: number;
  readonly totalReturn: number | null;
  readonly cagr: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  /** 0 to 1, of the highest equity before. */
  readonly maxDrawdown: number;
  /** The same in money; also where equity began at nothing, of which there are no shares. */
  readonly maxDrawdownMoney: number;
  /** When the highest equity before it was, and when it was deepest; null without a drawdown. */
  readonly maxDrawdownFrom: number | null;
  readonly maxDrawdownTo: number | null;
  readonly calmar: number | null;
  readonly profitFactor: number | null;
  readonly winRate: number | null;
  readonly averageTrade: number | null;
  readonly bestTrade: number | null;
  readonly worstTrade: number | null;
  readonly turnover: number | null;
  /** Share of the time with something open, 0 to 1. */
  readonly exposure: number | null;
  readonly fees: number;
  readonly fills: number;
  readonly roundTrips: number;
  readonly averageHoldingMicros: number | null;
  /** Of one day's returns, not annualised: what the deflated Sharpe ratio is made of. */
  readonly dailySharpe: number | null;
  readonly skewness: number | null;
  /** Not the excess: 3 for a normal distribution. */
  readonly kurtosis: number | null;
}

export interface StatisticDescription {
  readonly name: keyof RunStatistics;
  readonly label: string;
  readonly unit: 'share' | 'ratio' | 'money' | 'count' | 'time' | 'duration';
  readonly formula: string;
  readonly source: string;
}

const BACON = 'Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed. (2008)';
const SHARPE = 'Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994)';
const SORTINO =
  'Sortino and Price, Performance Measurement in a Downside Risk Framework, Journal of Investing 3 (1994)';
const YOUNG = 'Young, Calmar Ratio: A Smoother Tool, Futures 20 (1991)';
const MOMENTS = 'Joanes and Gill, Comparing measures of sample skewness and kurtosis (1998), g1 and b2';
const COUNTED = 'counted';

const row = (
  name: keyof RunStatistics,
  label: string,
  unit: StatisticDescription['unit'],
  [formula, source]: readonly [string, string],
): StatisticDescription => ({ name, label, unit, formula, source });

/** What each statistic is, in the order in which people read them. A year has 365 days; the risk-free rate is 0. */
export const STATISTICS: readonly StatisticDescription[] = [
  row('totalReturn', 'Return', 'share', ['equity at the end / equity at the start − 1', BACON]),
  row('cagr', 'CAGR', 'share', ['(equity at the end / equity at the start)^(365 days / length) − 1', BACON]),
  row('volatility', 'Volatility', 'share', ['s(r) × √365; r: returns of UTC days, s: sample deviation', BACON]),
  row('sharpe', 'Sharpe ratio', 'ratio', ['mean(r) / s(r) × √365', SHARPE]),
  row('sortino', 'Sortino ratio', 'ratio', ['mean(r) / √mean(min(r, 0)²) × √365', SORTINO]),
  row('maxDrawdown', 'Maximum drawdown', 'share', ['max over time of 1 − equity / highest equity before', BACON]),
  row('maxDrawdownMoney', 'Maximum drawdown in money', 'money', [
    'max over time of highest equity before − equity',
    BACON,
  ]),
  row('maxDrawdownFrom', 'Drawdown from', 'time', ['when the highest equity before it was', COUNTED]),
  row('maxDrawdownTo', 'Drawdown to', 'time', ['when it was deepest', COUNTED]),
  row('calmar', 'Calmar ratio', 'ratio', ['CAGR / maximum drawdown', YOUNG]),
  row('profitFactor', 'Profit factor', 'ratio', ['sum of net profits above 0 / −sum of those below 0', COUNTED]),
  row('winRate', 'Win rate', 'share', ['round trips with a net profit above 0 / round trips', COUNTED]),
  row('averageTrade', 'Average round trip', 'money', ['mean of net profits', COUNTED]),
  row('bestTrade', 'Best round trip', 'money', ['highest net profit', COUNTED]),
  row('worstTrade', 'Worst round trip', 'money', ['lowest net profit', COUNTED]),
  row('turnover', 'Turnover', 'ratio', ['value of all fills / mean equity', BACON]),
  row('exposure', 'Exposure', 'share', ['time with a position / time', COUNTED]),
  row('fees', 'Fees', 'money', ['sum of the fees of all fills', COUNTED]),
  row('fills', 'Fills', 'count', ['executions', COUNTED]),
  row('roundTrips', 'Round trips', 'count', ['positions from flat to flat', COUNTED]),
  row('averageHoldingMicros', 'Average holding time', 'duration', ['mean of exit − entry', COUNTED]),
  row('observations', 'Days', 'count', ['UTC days with a return', COUNTED]),
  row('dailySharpe', 'Sharpe ratio of a day', 'ratio', ['mean(r) / s(r)', SHARPE]),
  row('skewness', 'Skewness of days', 'ratio', ['mean((r − mean)³) / (mean((r − mean)²))^1.5', MOMENTS]),
  row('kurtosis', 'Kurtosis of days', 'ratio', ['mean((r − mean)⁴) / (mean((r − mean)²))²', MOMENTS]),
];
