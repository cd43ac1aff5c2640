import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createCaBundles } from './ca-bundles.ts';

it('waits for somebody until everybody was named, and again once the process ends', () => {
  const ignore = (): void => undefined;
  const bundles = createCaBundles({
    config: { 'serving.caBundleInjection': 'self' },
    log: { info: ignore, warn: ignore, error: ignore },
    registry: new Registry(),
  });
  const awaited = (): number => bundles.confirmation('bundle').awaited.length;
  expect(awaited()).toBe(1);
  bundles.complete();
  expect(awaited()).toBe(0);
  // Whoever is closed now is not awaited any more, and the new CA must not sign because of that.
  bundles.end();
  expect(awaited()).toBe(1);
});
