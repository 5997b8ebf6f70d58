import { randomBytes } from 'node:crypto';

/** The header of W3C Trace Context; names of headers are case-sensitive on the bus. */
export const TRACEPARENT = 'traceparent';

/** A position in a trace (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 hex digits, the same from market event to fill. */
  readonly traceId: string;
  /** 16 hex digits, one per step. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED_BIT = 1;

/** The context in a header's value; undefined when there is none or it does not parse, as the standard asks. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED_BIT) !== 0 };
}

/** The header's value. */
export function traceparentOf(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

/** The next step of the trace in `parent`, or the first of a new trace when there is none. */
export function childTrace(parent: string | undefined): TraceContext {
  const known = parseTraceparent(parent);
  return {
    traceId: known?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    sampled: known?.sampled ?? true,
  };
}
