import { ObjectStoreError, type ObjectTrouble } from './object-store.ts';

/** A refusal or failure that has certainly changed nothing. */
export function troubled(trouble: ObjectTrouble, message: string): ObjectStoreError {
  return new ObjectStoreError(message, { trouble, outcomeKnown: true });
}
