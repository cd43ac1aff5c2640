/** What a stand-alone server tells the person who started it. */
export interface BannerFacts {
  readonly clusterSet: string | undefined;
  readonly address: string;
  readonly kubeconfig: string;
  readonly members: readonly BannerMember[];
  /** The port that was wanted, when something else uses it. */
  readonly portTaken: number | undefined;
  /** A name to look at: one with a conflict if there is any; undefined while nothing is exported. */
  readonly shownImport: ShownImport | undefined;
  /** Set when the members are the embedded example. */
  readonly example: { readonly changeSeconds: number | undefined } | undefined;
}

export interface BannerMember {
  readonly name: string;
  /** `live`, or why not. */
  readonly state: string;
}

export interface ShownImport {
  readonly namespace: string;
  readonly name: string;
  readonly hasConflict: boolean;
}

const MEMBERS_SHOWN_MAX = 10;
const COMMAND_WIDTH = 50;

/** Readable at a terminal, with commands that can be copied as they are. Ends with an empty line. */
export function bannerText(facts: BannerFacts): string {
  const paragraphs = [
    [headline(facts)],
    [`  API         ${facts.address}${portNote(facts)}`, `  kubeconfig  ${facts.kubeconfig}`, ...memberLines(facts)],
    ['Copy this line into another terminal:'],
    [`  export KUBECONFIG=${shellQuoted(facts.kubeconfig)}`],
    ['and then any of these:'],
    commands(facts).map(([command, meaning]) => `  ${command.padEnd(COMMAND_WIDTH)} # ${meaning}`),
    ...exampleParagraphs(facts),
    ['Ctrl-C ends it.'],
  ];
  return `\n${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n\n`;
}

function headline({ clusterSet, members, example }: BannerFacts): string {
  const set = clusterSet === undefined ? 'one ClusterSet' : `the ClusterSet ${clusterSet}`;
  if (example !== undefined)
    return `clusterset-apiserver serves an example: three small member clusters in this process.`;
  if (members.length === 0) {
    return 'clusterset-apiserver runs, but no member clusters are registered: there is nothing to show.\nGive it your clusters with --members-kubeconfig FILE, or see an example with --embedded.';
  }
  return `clusterset-apiserver serves ${set}, stand-alone.`;
}

function portNote({ portTaken }: BannerFacts): string {
  return portTaken === undefined ? '' : `   (port ${portTaken} is in use, so another one was taken)`;
}

function memberLines({ members }: BannerFacts): readonly string[] {
  if (members.length === 0) return [];
  const shown = members.slice(0, MEMBERS_SHOWN_MAX).map(({ name, state }) => `${name} (${state})`);
  const rest = members.length > MEMBERS_SHOWN_MAX ? [`and ${members.length - MEMBERS_SHOWN_MAX} more`] : [];
  return [`  members     ${[...shown, ...rest].join(', ')}`];
}

type Line = readonly [command: string, meaning: string];

function commands({ shownImport, example }: BannerFacts): readonly Line[] {
  const change = example?.changeSeconds;
  return [
    ['kubectl get serviceimports -A', 'what the whole ClusterSet exports, merged'],
    describeLine(shownImport),
    ['kubectl get serviceexports -A -o wide', 'every export of every member'],
    [
      'kubectl get serviceimports -A --watch',
      change === undefined ? 'changes as they happen' : `changes as they happen, every ${change} seconds here`,
    ],
    ['kubectl explain serviceimport.status', 'what the fields mean'],
  ];
}

function describeLine(shown: ShownImport | undefined): Line {
  if (shown === undefined) return ['kubectl api-resources', 'what is served'];
  const command = `kubectl describe serviceimport -n ${shown.namespace} ${shown.name}`;
  return [command, shown.hasConflict ? 'a conflict: who differs, and who wins' : 'one service with its clusters'];
}

function exampleParagraphs({ example }: BannerFacts): readonly (readonly string[])[] {
  if (example === undefined) return [];
  return [
    ['The members are yours to change, and what you do shows at once (they begin anew with each start):'],
    [
      '  kubectl --context north -n prod get services',
      '  kubectl --context east -n prod patch service cart -p \'{"spec":{"sessionAffinity":"ClientIP"}}\'',
      '  kubectl --context west -n prod delete serviceexport db',
    ],
    ['So are they through the ClusterSet, where you are told beforehand what a change would lead to:'],
    [
      '  kubectl -n prod delete serviceexport east.cart --dry-run=server',
      '  npx clusterset-apiserver explain prod/cart',
    ],
    ['Your own clusters: npm start -- --members-kubeconfig ~/.kube/config'],
  ];
}

/** The path as one word of a shell. */
function shellQuoted(path: string): string {
  return /^[-\w./+:@%]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
