import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { builtPages } from './constructs/built-pages';
import { PublishedFiles, type PublishedFilesProps } from './constructs/published-files';

/** Puts the browser app and the addresses of the chat where `WebStack` serves them. */
export class WebFilesStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & Omit<PublishedFilesProps, 'folder'>) {
    super(scope, id, props);
    new PublishedFiles(this, 'files', { ...props, folder: builtPages() });
  }
}
