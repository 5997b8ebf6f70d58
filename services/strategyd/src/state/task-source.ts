import type { RunPriority, RunRequest } from '@portcullis/contracts';

/** A request that this instance has taken. It is somebody else's again when this instance goes away before `done`. */
export interface Task {
  readonly request: RunRequest;
  /** 1 the first time. */
  readonly attempt: number;
  /** Everything of it is in the store. */
  done(): Promise<void>;
  /** Somebody else is to do it, as soon as possible. */
  release(): Promise<void>;
}

/** Where requests wait: on the bus, shared by all replicas, or here. */
export interface TaskSource {
  /** Resolves once the request is durable. Throws when that cannot be said. */
  submit(request: RunRequest): Promise<void>;
  /** The most urgent one, or undefined when nothing waits. */
  take(): Promise<Task | undefined>;
  /** How many of a priority wait; undefined when that cannot be known now. */
  waiting(priority: RunPriority): Promise<number | undefined>;
  /** Calls back when something may have come. */
  onWork(wake: () => void): void;
  close(): void;
}
