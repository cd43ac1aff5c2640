import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const FOLDER = new URL('./files/', import.meta.url);

/**
 * Compares a published text with the file that was reviewed; `npm run golden` rewrites the file, so that a change shows
 * as a diff in the commit.
 */
export function expectGolden(name: string, text: string): void {
  const file = new URL(`${name}.golden`, FOLDER);
  const content = text.endsWith('\n') ? text : `${text}\n`;
  if (process.env['GOLDEN'] === 'write') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, content);
  }
  expect(existsSync(file), `${file.pathname} is missing: npm run golden`).toBe(true);
  expect(content, 'if the change is meant: npm run golden, and review the diff').toBe(readFileSync(file, 'utf8'));
}

/** Indented JSON, as the golden files hold it. */
export function goldenJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
