/** A command that found something it must not go on with; the text says what and why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
