import { isObject, type Json, type JsonObject } from '../json/json';

/**
 * A line of an access log: `format` with each `$context.<variable>` replaced, `-` where there is none.
 * Values are escaped as in a JSON text, so that what a client sends cannot break out of the field it stands in.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export function accessLogLine(format: string, context: JsonObject): string {
  return format.replace(/\$context\.([A-Za-z]\w*(?:\.\w+)*)/g, (_variable, path: string) => {
    const value = lookUp(context, path.split('.'));
    if (value === undefined || value === null) return '-';
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

function lookUp(from: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = from;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

/** What an access log can tell beyond `requestContext`. */
export interface Outcome {
  /** What the client was told, as an HTTP status. */
  readonly status: number;
  /** The message of the platform's own answer. */
  readonly message?: string;
  readonly integration?: { readonly status?: number; readonly error?: string; readonly latencyMs: number };
}

export function outcomeVariables({ status, message, integration }: Outcome): JsonObject {
  return {
    status,
    ...(message === undefined ? {} : { error: { message, messageString: `"${message}"` } }),
    ...(integration === undefined
      ? {}
      : {
          integrationLatency: Math.round(integration.latencyMs),
          integrationStatus: integration.status ?? null,
          integrationErrorMessage: integration.error ?? null,
          integration: {
            latency: Math.round(integration.latencyMs),
            status: integration.status ?? null,
            error: integration.error ?? null,
          },
        }),
  };
}
