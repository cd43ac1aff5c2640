import type { RegistrationUpdate } from './types.ts';

/** Passes on only updates that differ from the last one; after a failure the next complete one always passes. */
export function createUpdateGate(listener: (update: RegistrationUpdate) => void): (update: RegistrationUpdate) => void {
  let last: string | undefined;
  return (update) => {
    const text = identity(update);
    if (text === last) return;
    last = text;
    listener(update);
  };
}

/** Credentials count through their digest; what profiles are to say changes without them. */
function identity(update: RegistrationUpdate): string {
  if (update.type === 'failed') return JSON.stringify(['failed', update.message]);
  return JSON.stringify([
    update.registrations.map(({ name, source, digest, profile, kubeconfig }) => {
      return [name, source, digest, profile, kubeconfig];
    }),
    update.refused.map(({ name, message }) => [name, message]),
  ]);
}
