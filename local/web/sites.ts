import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathOf, type HttpHandler } from '../server';
import { readSiteFiles, type SiteFile, type Source } from './site-files';

/** What a distribution adds to every answer, by header name. */
export type Headers = Readonly<Record<string, string>>;

interface Distribution {
  readonly bucket: string;
  readonly rootObject: string;
  readonly headers: Headers;
}

/**
 * Buckets that hold the files of a web app, and the distributions through which browsers get them. All that a
 * distribution serves is below `/` of the runtime's port; one is enough for an app, so a second is refused.
 */
export class Sites {
  readonly #buckets = new Map<string, Map<string, SiteFile>>();
  readonly #policies = new Map<string, Headers>();
  #distribution: Distribution | undefined;

  declareBucket(name: string): void {
    this.#buckets.set(name, new Map());
  }

  declareHeaders(policyId: string, headers: Headers): void {
    this.#policies.set(policyId, headers);
  }

  /** Throws Error for a second distribution, an unknown bucket or an unknown policy. */
  declareDistribution(distribution: {
    bucket: string;
    rootObject: string;
    policyId: string | undefined;
  }): void {
    if (this.#distribution !== undefined) throw new Error('this machine serves one distribution');
    const { bucket, rootObject, policyId } = distribution;
    if (!this.#buckets.has(bucket)) throw new Error(`the origin is no bucket of these stacks: ${bucket}`);
    const headers = policyId === undefined ? {} : this.#policies.get(policyId);
    if (headers === undefined) throw new Error(`there is no response headers policy ${policyId}`);
    this.#distribution = { bucket, rootObject, headers };
  }

  /** Copies the files of the sources into a bucket, later ones over earlier ones. Throws Error for an unknown bucket. */
  publish(bucket: string, sources: readonly Source[], cacheControl: string | undefined): void {
    const files = this.#buckets.get(bucket);
    if (files === undefined) throw new Error(`there is no bucket ${bucket}`);
    for (const source of sources) {
      for (const [key, file] of readSiteFiles(source, cacheControl)) files.set(key, file);
    }
  }

  /** Answers GET and HEAD of files that there are; everything else is left to the others on this port. */
  handler(): HttpHandler {
    return (request, response) => Promise.resolve(this.#serve(request, response));
  }

  #serve(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#distribution === undefined || (request.method !== 'GET' && request.method !== 'HEAD'))
      return false;
    const { bucket, rootObject, headers } = this.#distribution;
    const key = keyOf(pathOf(request)) || rootObject;
    const own = ownAddress(request);
    if (key === rootObject && own !== undefined) {
      response.writeHead(302, { location: own, 'cache-control': 'no-store' }).end();
      return true;
    }
    // A key is looked up among names, never among the files of this machine.
    const file = this.#buckets.get(bucket)?.get(key);
    if (file === undefined) return false;
    response.writeHead(200, {
      'content-type': file.type,
      'content-length': file.body.length,
      ...(file.cacheControl === undefined ? {} : { 'cache-control': file.cacheControl }),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : file.body);
    return true;
  }
}

/**
 * Where a page that was asked for as `localhost` is: under its other name it would be of another origin, to which the
 * sign-in does not lead back, with a memory of its own.
 */
function ownAddress({ headers: { host } }: IncomingMessage): string | undefined {
  const named = /^localhost(:\d+)?$/.exec(host ?? '');
  return named === null ? undefined : `http://127.0.0.1${named[1] ?? ''}/`;
}

/** What a path asks for; a path that is not percent-encoded UTF-8 asks for nothing that there could be. */
function keyOf(urlPath: string): string {
  try {
    return decodeURIComponent(urlPath.slice(1));
  } catch {
    return urlPath;
  }
}
