import { startAnswerLosingProxy, type AnswerLosingProxy } from './answer-losing-proxy';
import { startLocalAws, type LocalAws } from './local-aws';

/** The services of AWS for the tests of one file, behind a proxy that the adapters of this process go through. */
export function proxiedAws(): { readonly aws: () => LocalAws; readonly proxy: () => AnswerLosingProxy } {
  let aws: LocalAws;
  let proxy: AnswerLosingProxy;
  beforeAll(async () => {
    aws = await startLocalAws();
    proxy = await startAnswerLosingProxy(`http://127.0.0.1:${aws.port}`);
    process.env.AWS_ENDPOINT_URL = proxy.url;
  });
  afterAll(async () => {
    await proxy.close();
    await aws.close();
  });
  return { aws: () => aws, proxy: () => proxy };
}
