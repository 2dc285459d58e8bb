/** Takes the place of `@aws-sdk/endpoint-cache` in bundles (see `bundle.ts`): remembers nothing. */
export class EndpointCache {
  get(): undefined {
    return undefined;
  }
  getEndpoint(): undefined {
    return undefined;
  }
  has(): boolean {
    return false;
  }
  set(): void {}
  delete(): void {}
  clear(): void {}
}
