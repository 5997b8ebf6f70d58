import { z } from 'zod';

/** How the venue is told to misbehave. What is left out stays as it is; an empty object changes nothing. */
export const faultRequestSchema = z.strictObject({
  /** Takes all faults back first. */
  clear: z.boolean().optional(),
  /** Which requests `delayMs`, `dropReply` and `failNext` mean; left out: those that change orders. */
  match: z.strictObject({ method: z.string().max(10).optional(), path: z.string().max(100).optional() }).optional(),
  /** Holds each answer back; 0 ends it. */
  delayMs: z.int().min(0).max(60_000).optional(),
  /** So many requests take effect while the connection is cut instead of an answer. */
  dropReply: z.int().min(0).max(100_000).optional(),
  /** So many requests are answered with this instead. `processed`: after they took effect. `body`: raw, with its `contentType`. */
  failNext: z
    .strictObject({
      http: z.int().min(200).max(599),
      code: z.int().optional(),
      msg: z.string().max(1000).optional(),
      body: z.string().max(100_000).optional(),
      contentType: z.string().max(100).optional(),
      headers: z.record(z.string(), z.string()).optional(),
      count: z.int().min(1).max(100_000).default(1),
      processed: z.boolean().default(false),
    })
    .optional(),
  /** Cuts websockets now. */
  closeSockets: z.enum(['all', 'market', 'user']).optional(),
  /** Which market frames the next four mean: those of streams whose name contains it; '' or never said: all. */
  framesOf: z.string().max(100).optional(),
  /** So many market frames are sent to nobody. */
  dropFrames: z.int().min(0).max(1_000_000).optional(),
  /** So many market frames are sent twice. */
  duplicateFrames: z.int().min(0).max(1_000_000).optional(),
  /** So many market frames are sent after the next one of their stream. */
  reorderFrames: z.int().min(0).max(1_000_000).optional(),
  /** So many market frames are held back, and what follows on their streams with them. */
  delayFrames: z.strictObject({ count: z.int().min(0).max(1_000_000), ms: z.int().min(1).max(60_000) }).optional(),
  /** Stops the flow, with all sockets open. */
  freezeMarket: z.boolean().optional(),
});
export type FaultRequest = z.infer<typeof faultRequestSchema>;
type FailedAnswer = NonNullable<FaultRequest['failNext']>;

/** What is to happen to one request. */
export interface RequestFault {
  readonly delayMs: number;
  readonly dropReply: boolean;
  readonly answer: FailedAnswer | undefined;
}

/** What is to happen to one market frame. */
export type FrameFate = 'sent' | 'dropped' | 'doubled' | 'swapped' | 'delayed';

const NO_FAULT: RequestFault = { delayMs: 0, dropReply: false, answer: undefined };

/** The faults in force. All of them end: counts run out, and the rest is taken back by a request. */
export class Faults {
  frozen = false;
  #delayMs = 0;
  #dropReply = 0;
  #failNext: FailedAnswer | undefined;
  #failCount = 0;
  #match: NonNullable<FaultRequest['match']> | undefined;
  #framesOf = '';
  #dropFrames = 0;
  #duplicateFrames = 0;
  #reorderFrames = 0;
  #delayFrames = 0;
  #frameDelayMs = 0;

  /** How long a `delayed` frame is held back. */
  get frameDelayMs(): number {
    return this.#frameDelayMs;
  }

  apply(request: FaultRequest): void {
    if (request.clear === true) this.#clear();
    if (request.match !== undefined) this.#match = request.match;
    if (request.delayMs !== undefined) this.#delayMs = request.delayMs;
    if (request.dropReply !== undefined) this.#dropReply = request.dropReply;
    if (request.failNext !== undefined) {
      this.#failNext = request.failNext;
      this.#failCount = request.failNext.count;
    }
    if (request.framesOf !== undefined) this.#framesOf = request.framesOf;
    if (request.reorderFrames !== undefined) this.#reorderFrames = request.reorderFrames;
    if (request.delayFrames !== undefined) {
      this.#delayFrames = request.delayFrames.count;
      this.#frameDelayMs = request.delayFrames.ms;
    }
    if (request.dropFrames !== undefined) this.#dropFrames = request.dropFrames;
    if (request.duplicateFrames !== undefined) this.#duplicateFrames = request.duplicateFrames;
    if (request.freezeMarket !== undefined) this.frozen = request.freezeMarket;
  }

  /** What happens to this request; counts it. */
  take(method: string, path: string, changesOrders: boolean): RequestFault {
    const match = this.#match;
    const meant =
      match === undefined
        ? changesOrders
        : (match.method === undefined || match.method === method) &&
          (match.path === undefined || path.includes(match.path));
    if (!meant) return NO_FAULT;
    if (this.#dropReply > 0) {
      this.#dropReply--;
      return { delayMs: this.#delayMs, dropReply: true, answer: undefined };
    }
    if (this.#failCount === 0) return { ...NO_FAULT, delayMs: this.#delayMs };
    this.#failCount--;
    return { delayMs: this.#delayMs, dropReply: false, answer: this.#failNext };
  }

  /** What happens to this frame of a market stream; counts it. */
  fateOfFrame(stream: string): FrameFate {
    if (!stream.includes(this.#framesOf)) return 'sent';
    if (this.#dropFrames > 0) {
      this.#dropFrames--;
      return 'dropped';
    }
    if (this.#duplicateFrames > 0) {
      this.#duplicateFrames--;
      return 'doubled';
    }
    if (this.#reorderFrames > 0) {
      this.#reorderFrames--;
      return 'swapped';
    }
    if (this.#delayFrames === 0) return 'sent';
    this.#delayFrames--;
    return 'delayed';
  }

  #clear(): void {
    this.frozen = false;
    this.#delayMs = this.#dropReply = this.#failCount = 0;
    this.#dropFrames = this.#duplicateFrames = this.#reorderFrames = this.#delayFrames = this.#frameDelayMs = 0;
    this.#framesOf = '';
    this.#failNext = undefined;
    this.#match = undefined;
  }
}
