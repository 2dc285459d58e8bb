/** What tasks use of the SDK, named: a lazy import of the whole client could not be tree-shaken. */
export { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
