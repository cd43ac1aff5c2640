import type { JsonObject } from '../../src/kube/object.ts';
import type { Operation, Parameter } from './openapi-operations.ts';
import { operationsOf } from './openapi-operations.ts';
import { schemasOf, toOpenApi3 } from './openapi-schemas.ts';
import type { ServedVersion } from './served-version.ts';

const MEDIA_TYPES = ['application/json', 'application/yaml'];

/** The OpenAPI v3 document of one group/version; every reference resolves within it. */
export function openApiV3(served: ServedVersion, programVersion: string): JsonObject {
  const paths = operationsOf(served).map((operation) => [operation.path, pathItem(operation)] as const);
  const schemas = Object.entries(schemasOf([served])).map(([name, schema]) => [name, toOpenApi3(schema)] as const);
  return {
    openapi: '3.0.0',
    info: { title: 'clusterset-apiserver', version: programVersion },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function pathItem(operation: Operation): JsonObject {
  const schema = { $ref: `#/components/schemas/${operation.responseSchema}` };
  return {
    get: {
      tags: [operation.tag],
      description: operation.description,
      operationId: operation.operationId,
      parameters: operation.parameters.map(inOpenApi3),
      responses: {
        '200': { description: 'OK', content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, { schema }])) },
        '401': { description: 'Unauthorized' },
      },
      'x-kubernetes-action': operation.action,
      'x-kubernetes-group-version-kind': operation.groupVersionKind,
    },
    parameters: operation.pathParameters.map(inOpenApi3),
  };
}

function inOpenApi3(parameter: Parameter): JsonObject {
  return {
    name: parameter.name,
    in: parameter.in,
    description: parameter.description,
    ...(parameter.in === 'path' ? { required: true } : {}),
    schema: { type: parameter.type, uniqueItems: true },
  };
}
