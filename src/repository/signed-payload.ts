import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';

/**
 * Signs a request with a hash of its body that is known already: the signature is made of the header
 * `x-amz-content-sha256`, and the SDK fills it in only where it is missing (Signature Version 4). The store refuses a
 * body that has another hash.
 * @param sha256 of exactly the bytes of the body.
 */
export function signPayload(command: PutObjectCommand | UploadPartCommand, sha256: Buffer): void {
  // The middleware does not look at what the two have for themselves.
  const { middlewareStack } = command as PutObjectCommand;
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = sha256.toString('hex');
      return next(args);
    },
    { step: 'build', name: 'signPayload', override: true },
  );
}
