import type { JsonObject } from '../../../kube/object.ts';
import { count, list, omitted, record, text, truth } from './field-schemas.ts';

const CLUSTER_ITEM = text('Name of a cluster.');

const PORT_FIELDS: Readonly<Record<string, JsonObject>> = {
  appProtocol: text('Application protocol of the port. Absent when it has none.'),
  name: text('Name of the port. Absent when it has none.'),
  port: count('Number of the port.'),
  protocol: text('TCP, UDP or SCTP.'),
};

export const WINNER = record(
  'The export whose values are in force where exports disagree. Absent when no export counts.',
  ['because', 'cluster'],
  { because: text('Why it takes precedence.'), cluster: text('The cluster that has it.') },
);

export const VALUES: JsonObject = list(
  'The value in force of each property of the service, whose it is, and who says something else.',
  record('One property.', ['because', 'conflicting', 'differing', 'field', 'reason', 'setBy', 'value'], {
    because: text('Why that cluster takes precedence.'),
    conflicting: truth('Whether the exports disagree, which makes the Conflict condition true.'),
    differing: list(
      'Who declares another value than the cluster that set it.',
      record('One disagreement.', ['cluster', 'value'], {
        cluster: text('The cluster that differs.'),
        value: text('What its export or Service declares, as text; a long one is cut.'),
      }),
    ),
    differingOmitted: omitted('clusters that differ'),
    field: text('Field of the ServiceImport spec, or of the ServiceExport spec for exported labels and annotations.'),
    reason: text('The reason of the Conflict condition for this property.'),
    setBy: text('The cluster whose value is used; of ports and ipFamilies, which are merged, the one that goes first.'),
    value: text('The value in force, as text; a long one is cut.'),
  }),
);

export const PORTS: JsonObject = list(
  'The ports of the ServiceImport in their order.',
  record('One port.', ['differingAppProtocols', 'endpointsFrom', 'port', 'protocol', 'setBy'], {
    ...PORT_FIELDS,
    differingAppProtocols: list(
      'Clusters that declare the same protocol and number with another appProtocol; their endpoints count all the same.',
      record('One disagreement.', ['cluster'], {
        appProtocol: text('What this cluster declares. Absent when it declares none.'),
        cluster: text('The cluster that differs.'),
      }),
    ),
    endpointsFrom: list(
      'Clusters whose endpoints serve this port: those that declare its protocol and number, under any name.',
      CLUSTER_ITEM,
    ),
    endpointsFromOmitted: omitted('clusters'),
    setBy: text('The cluster with the oldest export that declares the port; name and appProtocol are its own.'),
  }),
);

export const DROPPED_PORTS: JsonObject = list(
  'Ports that a Service declares and that are not in the ServiceImport under their own name.',
  record('One port of one cluster.', ['cluster', 'kept', 'message', 'port', 'protocol', 'type'], {
    ...PORT_FIELDS,
    cluster: text('The cluster that declares the port.'),
    kept: record('The port of the ServiceImport that it gave way to.', ['port', 'protocol', 'setBy'], {
      ...PORT_FIELDS,
      setBy: text('The cluster whose port that is.'),
    }),
    message: text('The same as a sentence.'),
    type: text(
      'Alias: it is reached under the name of the other port. NameClash: it cannot be reached, its name means another port.',
      ['Alias', 'NameClash'],
    ),
  }),
);

const FAMILIES = list('IP families in order of preference.', text('IPv4 or IPv6.'));

export const IP_FAMILIES: JsonObject = record('How the IP families came about.', ['members', 'mode'], {
  families: FAMILIES,
  members: list(
    'The exports that count, in the order of precedence.',
    record('The families of one cluster.', ['cluster', 'skipped'], {
      cluster: text('The exporting cluster.'),
      families: FAMILIES,
      skipped: truth('True if it has no family in common with older exports, so that it is left out.'),
    }),
  ),
  membersOmitted: omitted('clusters'),
  mode: text('intersection or union, as configured.', ['intersection', 'union']),
  setBy: text('The oldest export that names families.'),
});

export const DROPPED_METADATA: JsonObject = list(
  'Exported labels and annotations that are not passed on. Those of the winner are missing in the ServiceImport.',
  record('One entry.', ['cause', 'cluster', 'field', 'key'], {
    cause: text('Why it is not passed on.'),
    cluster: text('The cluster that exports it.'),
    field: text('Field of the ServiceExport spec.', ['exportedAnnotations', 'exportedLabels']),
    key: text('Key of the entry.'),
  }),
);

const PORT_TEXT = text('A port as name protocol/number, with its appProtocol in brackets.');
const REASON = text('A reason of the Conflict condition.');

export const IF_WINNER_LEFT: JsonObject = record(
  'What would be different if the winner stopped exporting and nothing else happened.',
  ['changes', 'conflictsBegun', 'conflictsEnded', 'portsGained', 'portsLost', 'serviceImport'],
  {
    changes: list(
      'Every field of the ServiceImport that would change, conditions aside.',
      record('One field.', ['field'], {
        after: text('Its value then, as text. Absent when the field would be absent.'),
        before: text('Its value now, as text. Absent when the field is absent.'),
        field: text('Path of the field.'),
      }),
    ),
    conflictsBegun: list('Conflicts that would begin.', REASON),
    conflictsEnded: list('Conflicts that would end.', REASON),
    portsGained: list('Ports that would appear, or have other properties.', PORT_TEXT),
    portsLost: list('Ports that would disappear, or have other properties.', PORT_TEXT),
    serviceImport: text('Goes when the winner is the only export that counts.', ['Stays', 'Goes']),
    winner: { ...WINNER, description: 'The export that would win then. Absent when the ServiceImport would go.' },
  },
);
