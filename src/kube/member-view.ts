/**
 * A member view shows the objects of one kind in one member under their own names. Towards the store it is a resource
 * of its own, whose name no served resource can have.
 */
export function viewResource(member: string, resource: string): string {
  return `${member}/${resource}`;
}

export interface ViewedResource {
  readonly member: string;
  readonly resource: string;
}

/** Undefined for a resource that is no view. */
export function parseViewResource(text: string): ViewedResource | undefined {
  const slash = text.indexOf('/');
  return slash < 0 ? undefined : { member: text.slice(0, slash), resource: text.slice(slash + 1) };
}
