import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import { definitions } from '../../src/resources/index.ts';
import { describeContract } from './contract.ts';
import { startInProcess } from './in-process.ts';

const UPSTREAM = { multicluster: MULTICLUSTER_GROUP, about: ABOUT_GROUP };
const COEXISTENCE = {
  multicluster: 'multicluster.clusterset-apiserver.dev',
  about: 'about.clusterset-apiserver.dev',
};

for (const [name, groups] of Object.entries({
  'the upstream groups': UPSTREAM,
  'the coexistence groups': COEXISTENCE,
})) {
  const served = definitions.map((definition) => ({ group: groups[definition.groupRole], definition }));
  describeContract(`our service in ${name}`, served, () => startInProcess(served));
}
