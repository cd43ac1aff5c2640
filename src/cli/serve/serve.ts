import type { ServeOptions } from '../program.ts';
export async function serve(options: ServeOptions): Promise<void> {
  await Promise.resolve(options);
}
