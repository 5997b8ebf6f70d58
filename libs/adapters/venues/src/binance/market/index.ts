export { BinanceMarketStream, type BinanceMarketStreamOptions, type StreamCounters } from './market-stream.ts';
export {
  type FrameError,
  parseFrame,
  parseSnapshot,
  type VenueDelta,
  type VenueGap,
  type VenueMarketEvent,
  type VenueQuote,
  type VenueSnapshot,
  type VenueTrade,
} from './parse-frame.ts';
