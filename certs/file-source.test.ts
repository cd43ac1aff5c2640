import { describe, expect, it } from 'vitest';
import { createFileSource } from './file-source.ts';
import { issueAuthority, issueServing } from './issue.ts';

const DAY_MS = 86_400_000;
const START_MS = 1_790_000_000_000;

async function pair(lifetimeMs = DAY_MS, nowMs = START_MS) {
  const authority = await issueAuthority({ commonName: 'ca', validity: { nowMs, lifetimeMs: 10 * DAY_MS } });
  const serving = await issueServing({ dnsNames: ['a'], ips: [], authority, validity: { nowMs, lifetimeMs } });
  return { authority, serving };
}

function setUp(files: Record<string, string>, caFile?: string) {
  const world = { nowMs: START_MS, files };
  const readFile = (path: string) => {
    const text = world.files[path];
    return text === undefined ? Promise.reject(new Error(`no such file: ${path}`)) : Promise.resolve(text);
  };
  const source = createFileSource({ certFile: 'c', keyFile: 'k', caFile, readFile, clock: () => world.nowMs });
  return { world, source };
}

describe('certificates in files', () => {
  it('are taken again when they change', async () => {
    const [first, second] = await Promise.all([pair(), pair()]);
    const { world, source } = setUp({ c: first.serving.cert, k: first.serving.key });
    expect(await source.read()).toMatchObject({ material: { ...first.serving, caBundle: undefined } });
    world.files = { c: second.serving.cert, k: second.serving.key };
    expect(await source.read()).toMatchObject({ material: second.serving, problem: undefined });
  });

  it.each([
    ['a missing file', (files: Record<string, string>) => ({ c: files['c'] ?? '' }), 'no such file: k'],
    ['a broken certificate', (files: Record<string, string>) => ({ ...files, c: 'x' }), 'no PEM certificate'],
    ['a broken key', (files: Record<string, string>) => ({ ...files, k: 'x' }), 'the private key cannot be parsed'],
  ])('are refused at the start and kept later for %s', async (_, spoil, problem) => {
    const { serving } = await pair();
    const good = { c: serving.cert, k: serving.key };
    const first = await setUp(spoil(good)).source.read();
    expect(first.type).toBe('failed');
    expect(first.problem).toContain(problem);
    const { world, source } = setUp(good);
    await source.read();
    world.files = spoil(good);
    const later = await source.read();
    expect(later).toMatchObject({ type: 'material', material: serving });
    expect(later.problem).toContain(problem);
    expect(later.problem).toContain('the previous pair is kept');
  });

  it('are kept while only one half of a new pair is written', async () => {
    const [first, second] = await Promise.all([pair(), pair()]);
    const { world, source } = setUp({ c: first.serving.cert, k: first.serving.key });
    await source.read();
    world.files = { c: second.serving.cert, k: first.serving.key };
    const reading = await source.read();
    expect(reading).toMatchObject({ material: first.serving });
    expect(reading.problem).toContain('does not belong');
  });

  it('are not replaced by an expired certificate, but an expired one is served when there is no other', async () => {
    const valid = await pair(5 * DAY_MS);
    const expired = await pair(DAY_MS, START_MS - 2 * DAY_MS);
    const files = { c: expired.serving.cert, k: expired.serving.key };
    expect(await setUp(files).source.read()).toMatchObject({ type: 'material', material: expired.serving });
    const { world, source } = setUp({ c: valid.serving.cert, k: valid.serving.key });
    await source.read();
    world.files = files;
    const reading = await source.read();
    expect(reading).toMatchObject({ material: valid.serving });
    expect(reading.problem).toContain('the new certificate expired at');
  });

  it('take the bundle from the CA file, else from the chain, else from a self-signed certificate', async () => {
    const { authority, serving } = await pair();
    const chained = { c: serving.cert + authority.cert, k: serving.key, ca: serving.cert };
    expect(await setUp(chained).source.read()).toMatchObject({ material: { caBundle: authority.cert } });
    expect(await setUp(chained, 'ca').source.read()).toMatchObject({ material: { caBundle: serving.cert } });
    const selfSigned = setUp({ c: authority.cert, k: authority.key });
    expect(await selfSigned.source.read()).toMatchObject({ material: { caBundle: authority.cert } });
    const broken = await setUp({ ...chained, ca: 'nothing' }, 'ca').source.read();
    expect(broken.problem).toContain('the CA file holds no readable certificate');
  });
});
