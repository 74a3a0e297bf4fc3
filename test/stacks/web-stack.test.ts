import { compose } from '../../stacks/compose';
import { appWith, synthesize, type StackTemplate } from './synthesized';

describe('the web stacks', () => {
  let site: StackTemplate;
  let files: StackTemplate;
  beforeAll(() => {
    const [first, second] = synthesize().web;
    [site, files] = [first!, second!];
  });

  test('S4, React on S3: the app lies in a bucket that only CloudFront reads, and its address is an output', () => {
    site.template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    const { DistributionConfig } = site.properties('AWS::CloudFront::Distribution', 'distribution');
    expect(DistributionConfig).toMatchObject({
      DefaultRootObject: 'index.html',
      DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' },
    });
    expect(site.render(site.template.findOutputs('WebUrl').WebUrl?.Value)).toBe(
      'https://<site/distribution.DomainName>',
    );
    const { DestinationBucketName, SourceObjectKeys } = Object.values(
      files.template.findResources('Custom::CDKBucketDeployment'),
    )[0]!.Properties as { DestinationBucketName: unknown; SourceObjectKeys: unknown[] };
    expect(files.render(DestinationBucketName)).toContain('parley-dev-web:');
    // The pages, and the addresses that they ask for.
    expect(SourceObjectKeys).toHaveLength(2);
  });

  test('tell the app of the STUN and TURN servers that were set, and none unless they were', () => {
    const iceServers = [{ urls: 'stun:stun.example:3478' }];
    const told = (context: Readonly<Record<string, unknown>>) => compose(appWith(context)).chat.webConfig;
    expect(told({ iceServers: JSON.stringify(iceServers) })).toMatchObject({ iceServers });
    expect(told({})).toMatchObject({ iceServers: [] });
  });

  test('tell browsers to run the app’s own scripts alone, over HTTPS, in no frame', () => {
    const { ResponseHeadersPolicyConfig } = site.properties(
      'AWS::CloudFront::ResponseHeadersPolicy',
      'headers',
    );
    const { SecurityHeadersConfig } = ResponseHeadersPolicyConfig as { SecurityHeadersConfig: object };
    expect(SecurityHeadersConfig).toMatchObject({
      ContentSecurityPolicy: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
    });
    const policy = site.render(
      (SecurityHeadersConfig as { ContentSecurityPolicy: { ContentSecurityPolicy: unknown } })
        .ContentSecurityPolicy.ContentSecurityPolicy,
    );
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).not.toContain('unsafe');
  });
});
