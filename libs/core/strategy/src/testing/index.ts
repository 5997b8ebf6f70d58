export { StrategyStage, complaintOf, testInstrument } from './strategy-stage.ts';
