import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';
import { flag, object, objects, refuseOthers, requiredText, text, texts } from '../json/members';
import { arn, REGION, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Source } from './site-files';
import type { Headers, Sites } from './sites';

const bucketName = ({ physicalName }: DeclaredResource) => physicalName.toLowerCase().slice(0, 63);
/** As CloudFront gives them out: a capital E and thirteen letters and digits. */
const distributionId = ({ logicalId }: DeclaredResource) => `E${logicalId.toUpperCase().slice(-13)}`;

/**
 * S3 and CloudFront as far as a static site needs them: a private bucket, one distribution in front of it with its
 * headers, and the CDK's BucketDeployment, whose function this runtime stands in for.
 * @param folderOf the unpacked folder of a file asset, by the key of its archive
 */
export function siteModels(sites: Sites, folderOf: (key: string) => string): ResourceModel[] {
  return [
    {
      type: 'AWS::S3::Bucket',
      properties: [],
      ignoredProperties: {
        BucketEncryption: 'nothing is encrypted at rest on this machine',
        PublicAccessBlockConfiguration: 'buckets here are read through a distribution alone',
        Tags: 'tags change nothing here',
      },
      ref: bucketName,
      attributes: {
        Arn: (resource) => `arn:aws:s3:::${bucketName(resource)}`,
        RegionalDomainName: (resource) => regionalDomain(bucketName(resource)),
      },
      create: (_, resource) => sites.declareBucket(bucketName(resource)),
    },
    {
      type: 'AWS::S3::BucketPolicy',
      properties: [],
      ignoredProperties: {
        Bucket: 'buckets here are read through a distribution alone, whatever their policies say',
        PolicyDocument: 'buckets here are read through a distribution alone, whatever their policies say',
      },
      ref: bucketName,
      attributes: {},
      create: () => {},
    },
    {
      type: 'AWS::CloudFront::OriginAccessControl',
      properties: [],
      ignoredProperties: {
        OriginAccessControlConfig: 'the distribution reads the bucket from within this process',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Id: (resource) => resource.physicalName },
      create: () => {},
    },
    {
      type: 'AWS::CloudFront::ResponseHeadersPolicy',
      properties: ['ResponseHeadersPolicyConfig'],
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties, resource) =>
        sites.declareHeaders(
          resource.physicalName,
          securityHeaders(object(properties, 'ResponseHeadersPolicyConfig') ?? {}),
        ),
    },
    {
      type: 'AWS::CloudFront::Distribution',
      properties: ['DistributionConfig'],
      ref: distributionId,
      attributes: {
        DomainName: (resource) => `${distributionId(resource).toLowerCase()}.cloudfront.net`,
        Id: distributionId,
      },
      create: (properties) =>
        sites.declareDistribution(readDistribution(object(properties, 'DistributionConfig') ?? {})),
    },
    {
      type: 'Custom::CDKBucketDeployment',
      properties: [
        'SourceBucketNames',
        'SourceObjectKeys',
        'SourceMarkers',
        'SourceMarkersConfig',
        'DestinationBucketName',
        'Prune',
        'SystemMetadata',
      ],
      ignoredProperties: {
        ServiceToken: 'the runtime copies the files itself',
        WaitForDistributionInvalidation: 'nothing is cached in front of a bucket here',
        OutputObjectKeys: 'no template here asks for the keys',
      },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: (properties) => {
        if (flag(properties, 'Prune') !== false) throw new Error('Prune must be false');
        const keys = texts(properties, 'SourceObjectKeys');
        const markers = objects(properties, 'SourceMarkers');
        const sources = keys.map((key, index): Source => ({
          folder: folderOf(key),
          markers: textsIn(markers[index]),
        }));
        const metadata = object(properties, 'SystemMetadata') ?? {};
        refuseOthers('SystemMetadata', metadata, ['cache-control']);
        sites.publish(
          requiredText(properties, 'DestinationBucketName'),
          sources,
          text(metadata, 'cache-control'),
        );
      },
    },
  ];
}

function regionalDomain(bucket: string): string {
  return `${bucket}.s3.${REGION}.amazonaws.com`;
}

/** @throws Error for what a distribution of one bucket with one behaviour has no use for */
function readDistribution(config: JsonObject) {
  refuseOthers('DistributionConfig', config, [
    ...['DefaultCacheBehavior', 'DefaultRootObject', 'Origins'],
    // How browsers reach CloudFront, which nobody does here.
    ...['Enabled', 'HttpVersion', 'IPV6Enabled'],
  ]);
  const [origin, ...others] = objects(config, 'Origins');
  if (origin === undefined || others.length > 0) throw new Error('Origins must be one bucket');
  const behavior = object(config, 'DefaultCacheBehavior') ?? {};
  refuseOthers('DefaultCacheBehavior', behavior, [
    ...['ResponseHeadersPolicyId', 'TargetOriginId'],
    // GET and HEAD are all that is answered here, as they come, and neither cached nor compressed nor redirected.
    ...['AllowedMethods', 'CachePolicyId', 'Compress', 'ViewerProtocolPolicy'],
  ]);
  const domain = requiredText(origin, 'DomainName');
  return {
    bucket: domain.replace(regionalDomain(''), ''),
    rootObject: text(config, 'DefaultRootObject') ?? '',
    policyId: text(behavior, 'ResponseHeadersPolicyId'),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-cloudfront-responseheaderspolicy-securityheadersconfig.html */
function securityHeaders(config: JsonObject): Headers {
  refuseOthers('ResponseHeadersPolicyConfig', config, ['Name', 'Comment', 'SecurityHeadersConfig']);
  const security = object(config, 'SecurityHeadersConfig') ?? {};
  refuseOthers('SecurityHeadersConfig', security, [
    ...['ContentSecurityPolicy', 'ContentTypeOptions', 'FrameOptions', 'ReferrerPolicy'],
    // A browser keeps it by host name, and whatever else runs on this machine may have no HTTPS.
    'StrictTransportSecurity',
  ]);
  const part = (name: string) => object(security, name);
  const headers: Record<string, string | undefined> = {
    'content-security-policy': textOf(part('ContentSecurityPolicy'), 'ContentSecurityPolicy'),
    'x-content-type-options': part('ContentTypeOptions') && 'nosniff',
    'x-frame-options': textOf(part('FrameOptions'), 'FrameOption'),
    'referrer-policy': textOf(part('ReferrerPolicy'), 'ReferrerPolicy'),
  };
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function textOf(part: JsonObject | undefined, name: string): string | undefined {
  return part && requiredText(part, name);
}

function textsIn(markers: Json | undefined): Record<string, string> {
  const entries = Object.entries(isObject(markers ?? null) ? (markers ?? {}) : {});
  return Object.fromEntries(entries.map(([marker, value]) => [marker, String(value)]));
}

/** The CDK's function behind BucketDeployment, which these models make superfluous. */
export function isPublisher({ constructId }: DeclaredResource): boolean {
  return constructId.startsWith('Custom::CDKBucketDeployment');
}

/** Its tools. */
export const layerModel: ResourceModel = {
  type: 'AWS::Lambda::LayerVersion',
  properties: [],
  ignoredProperties: {
    Content: 'only the function that copies files has a layer, and it does not run here',
    Description: 'a description changes nothing',
  },
  ref: (resource) => arn('lambda', `layer:${resource.physicalName}:1`),
  attributes: {},
  create: () => {},
};
