import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const FINDINGS = {
  'AwsSolutions-S1': 'The bucket holds public files alone, and CloudFront is the only one that reads them.',
  'AwsSolutions-CFR1': 'Where people may chat from is for the owner of the installation to say.',
  'AwsSolutions-CFR2':
    'These are static files; what can be abused has limits of its own, and a firewall costs by the month.',
  'AwsSolutions-CFR3': 'Who loaded the page and from which address is nothing that has to be kept.',
  'AwsSolutions-CFR4':
    'CloudFront sets the protocols of its own certificate; there is one of your own only with a domain of your own.',
};

/** A bucket that nobody but CloudFront can read, served over HTTPS with strict headers. `PublishedFiles` fills it. */
export class StaticSite extends Construct {
  /** `https://...`, without a path: the origin of its pages. */
  readonly origin: string;
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, contentSecurityPolicy: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Every deployment puts the files there again; whoever deletes the stack may have to empty the bucket first.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const headers = new ResponseHeadersPolicy(this, 'headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    });
    const distribution = new Distribution(this, 'distribution', {
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        compress: true,
        responseHeadersPolicy: headers,
      },
    });
    this.origin = `https://${distribution.distributionDomainName}`;
    for (const [rule, reason] of Object.entries(FINDINGS)) {
      Validations.of(this).acknowledge({ id: `AwsSolutions::${rule}`, reason });
    }
  }
}
