import { describe, expect, it } from 'vitest';
import type { BannerFacts } from './banner.ts';
import { bannerText } from './banner.ts';

const FACTS: BannerFacts = {
  clusterSet: 'shop',
  address: 'https://127.0.0.1:6443',
  kubeconfig: '/home/jane/.clusterset/kubeconfig',
  members: [
    { name: 'east', state: 'live' },
    { name: 'west', state: 'stale: Unreachable' },
  ],
  portTaken: undefined,
  shownImport: { namespace: 'prod', name: 'cart', hasConflict: true },
  example: undefined,
};

function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}(kubectl [^#\n]+?) *#/gm)].map((match) => match[1] ?? '');
}

describe('the explanation of a stand-alone server', () => {
  it('names the ClusterSet, the address, the kubeconfig and each member with its state', () => {
    const text = bannerText(FACTS);
    expect(text).toContain('the ClusterSet shop, stand-alone');
    expect(text).toContain('  API         https://127.0.0.1:6443\n');
    expect(text).toContain('export KUBECONFIG=/home/jane/.clusterset/kubeconfig\n');
    expect(text).toContain('east (live), west (stale: Unreachable)');
  });

  it('has five commands, one of them for what really exists', () => {
    expect(commandsIn(bannerText(FACTS))).toEqual([
      'kubectl get serviceimports -A',
      'kubectl describe serviceimport -n prod cart',
      'kubectl get serviceexports -A -o wide',
      'kubectl get serviceimports -A --watch',
      'kubectl explain serviceimport.status',
    ]);
    expect(commandsIn(bannerText({ ...FACTS, shownImport: undefined }))).toHaveLength(5);
  });

  it('says that there is nothing to show without members, and what to do', () => {
    const text = bannerText({ ...FACTS, members: [], shownImport: undefined });
    expect(text).toContain('no member clusters are registered');
    expect(text).toContain('--members-kubeconfig FILE');
  });

  it('says that another port was taken', () => {
    expect(bannerText({ ...FACTS, portTaken: 6443 })).toContain('port 6443 is in use');
  });

  it('counts the members that do not fit', () => {
    const members = Array.from({ length: 12 }, (_item, index) => ({ name: `m${index}`, state: 'live' }));
    expect(bannerText({ ...FACTS, members })).toContain('m9 (live), and 2 more');
  });

  it('quotes a path that a shell would split', () => {
    const kubeconfig = "/home/jane doe/it's/kubeconfig";
    expect(bannerText({ ...FACTS, kubeconfig })).toContain(
      String.raw`export KUBECONFIG='/home/jane doe/it'\''s/kubeconfig'`,
    );
  });

  it('tells how the example can be changed, and whether it changes by itself', () => {
    const text = bannerText({ ...FACTS, example: { changeSeconds: 4 } });
    expect(text).toContain('every 4 seconds here');
    expect(text).toContain('kubectl --context west -n prod delete serviceexport db');
    expect(text).toContain('kubectl -n prod delete serviceexport east.cart --dry-run=server');
    expect(bannerText({ ...FACTS, example: { changeSeconds: undefined } })).not.toContain('seconds here');
  });
});
