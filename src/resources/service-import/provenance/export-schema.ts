import type { JsonObject } from '../../../kube/object.ts';
import { count, list, omitted, record, text, time } from './field-schemas.ts';

const MEMBER = record('The member cluster as it is seen at the moment.', ['phase'], {
  lastContactTime: time('When the member was last reached, to the minute. Absent if it never was.'),
  message: text('Says more about the reason.'),
  phase: text('live, stale (its last known objects are used), pending (not read yet) or left.'),
  reason: text('Why the member is not live, or what is wrong with it.'),
});

export const EXPORTS: JsonObject = list(
  'All exports of this name in the order of precedence, the oldest first, also those that do not count.',
  record('The ServiceExport of one cluster.', ['cluster', 'message', 'reason', 'standing', 'valid'], {
    clockSkewSeconds: count(
      'How far the clock of the member is ahead of ours, about; absent when it is right. Ages of its exports may mislead.',
    ),
    cluster: text('The exporting cluster.'),
    creationTimestamp: time(
      'When the ServiceExport was created. The oldest one wins; without a time it is the youngest.',
    ),
    differsIn: list(
      'Fields in which this export disagrees with the values in force, as in values.',
      text('Name of a field.'),
    ),
    member: MEMBER,
    message: text('Why the export counts or does not.'),
    ports: list(
      'The ports that the Service declares. Absent while the export does not count.',
      text('A port as name protocol/number, with its appProtocol in brackets.'),
    ),
    portsOmitted: omitted('ports'),
    rank: count('Place among the exports that count, 1 for the winner. Absent while the export does not count.'),
    reason: text('The same for programs, as in the Valid condition of the ServiceExport.'),
    serviceExport: text('Name of the ServiceExport that shows this export in this API.'),
    standing: text(
      'Winner: its values are in force. Agrees, Differs: whether it has the same values. NotCounted: it is not merged.',
      ['Winner', 'Agrees', 'Differs', 'NotCounted'],
    ),
    type: text('What this Service would be alone. Absent while the export does not count.', [
      'ClusterSetIP',
      'Headless',
    ]),
    valid: text('Status of the Valid condition: an export counts only while it is True.', ['True', 'False', 'Unknown']),
  }),
);
