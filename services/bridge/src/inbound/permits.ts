import type { BusConnection } from '@portcullis/bus';
import { signedPermitSchema, subjects } from '@portcullis/contracts';
import type { BridgeShell } from '../state/bridge-shell.ts';

/** Permits taken in a second; the gate sends two. A plain subject can be flooded, the journal must not be. */
const PER_SECOND_MAX = 20;

/** Listens to the gate's permits. They come over a plain subject and are believed by their signature alone. */
export function hearPermits(bus: BusConnection, account: string, shell: BridgeShell): () => void {
  let second = 0;
  let taken = 0;
  const subscription = bus.nats.subscribe(subjects.permit(account), {
    callback: (error, message) => {
      const signed = error === null ? parsed(message.data) : undefined;
      if (signed === undefined) return;
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) [second, taken] = [now, 0];
      taken += 1;
      if (taken <= PER_SECOND_MAX) shell.hear({ type: 'permit', signed });
    },
  });
  return () => subscription.unsubscribe();
}

function parsed(bytes: Uint8Array): ReturnType<typeof signedPermitSchema.parse> | undefined {
  try {
    return signedPermitSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
