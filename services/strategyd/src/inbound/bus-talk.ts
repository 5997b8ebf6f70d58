import type { BusConnection } from '@portcullis/bus';
import { type RunCancel, type RunProgress, runCancelSchema, runProgressSchema, subjects } from '@portcullis/contracts';
import type { z } from 'zod';

export interface Listener {
  onCancel(cancel: RunCancel): void;
  onProgress(progress: RunProgress): void;
  /** A message that is none. */
  onNoise(): void;
}

/** Hears what other replicas and people say about requests. Returns what ends it. */
export function listenToTalk(bus: BusConnection, listener: Listener): () => void {
  const hear = <S extends z.ZodType>(subject: string, schema: S, take: (message: z.infer<S>) => void): (() => void) => {
    const subscription = bus.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return;
        let body: unknown;
        try {
          body = message.json();
        } catch {
          return listener.onNoise();
        }
        const parsed = schema.safeParse(body);
        if (parsed.success) take(parsed.data);
        else listener.onNoise();
      },
    });
    return () => subscription.unsubscribe();
  };
  const ends = [
    hear(subjects.runCancel('*'), runCancelSchema, (cancel) => listener.onCancel(cancel)),
    hear(subjects.runProgress('*'), runProgressSchema, (progress) => listener.onProgress(progress)),
  ];
  return () => {
    for (const end of ends) end();
  };
}
