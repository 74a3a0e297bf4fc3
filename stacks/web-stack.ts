import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { StaticSite } from './constructs/static-site';

/**
 * Where the browser app is served from. It knows nothing of the chat, which must know the origin of its pages; the
 * files, which must know the chat's addresses, come last, in `WebFilesStack`.
 */
export class WebStack extends Stack {
  readonly origin: string;
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const site = new StaticSite(this, 'site', contentSecurityPolicy(this.region));
    this.origin = site.origin;
    this.bucket = site.bucket;
    new CfnOutput(this, 'WebUrl', { value: site.origin, description: 'Where people chat in a browser' });
  }
}

/**
 * Scripts, styles and pictures of the site alone; a blob is one's own video. The APIs and the sign-in have addresses
 * that are given out later, so their domains are allowed: without a script of ours nothing asks there. No script makes
 * HTML of a string, so there is no policy by which one could.
 */
function contentSecurityPolicy(region: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self' blob:",
    `connect-src 'self' wss://*.execute-api.${region}.amazonaws.com https://*.execute-api.${region}.amazonaws.com https://*.auth.${region}.amazoncognito.com`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
