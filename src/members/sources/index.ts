/** Where members are registered: kubeconfig files and Secrets on the hub. */
export type { KubeconfigMembersOptions, WantedContext } from './kubeconfig-members.ts';
export { readKubeconfigMembers } from './kubeconfig-members.ts';
export type { KubeconfigSourceOptions } from './kubeconfig-source.ts';
export { createKubeconfigSource } from './kubeconfig-source.ts';
export { memberNameOf } from './member-name.ts';
export type { NamedMember } from './registration-rules.ts';
export { fingerprintFault, memberNameFault, registrationWarnings, settingsFault } from './registration-rules.ts';
export { CONTEXT_ANNOTATION } from './secret-candidate.ts';
export type { SecretSourceOptions } from './secret-source.ts';
export { createSecretSource, SECRET_KEY_DEFAULT, SECRET_LABEL_SELECTOR_DEFAULT } from './secret-source.ts';
export type { MemberRegistration, RefusedRegistration, RegistrationSource, RegistrationUpdate } from './types.ts';
