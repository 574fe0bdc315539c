import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Finding } from '../../src/checks/finding.js';
import type { S3Settings } from '../../src/repository/connection.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import * as storeChecks from '../support/store-checks.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

/** Stores that cannot be used, or that are not what they seem, looked at by the store checks. */

let server: S3Server;
let bucket: string;
beforeAll(async () => {
  server = await startS3Server();
  process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  bucket = await server.createBucket();
}, 60_000);
afterAll(() => server.stop());

const check = (settings: Partial<S3Settings> = {}) =>
  storeChecks.check({ bucket, endpoint: server.endpoint, ...settings });

async function startWebServer(listener: RequestListener) {
  const web = createServer(listener);
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(web.address() as AddressInfo).port}`,
    async close() {
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
    },
  };
}

describe('a store that cannot be used: one red', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before, ...credentials() };
  });
  const credentials = () => ({
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  });

  async function onlyRed(settings: Partial<S3Settings> = {}): Promise<Finding> {
    const findings = [...(await check(settings)).values()];
    expect(findings).toHaveLength(1);
    const [finding] = findings;
    if (finding === undefined) throw new Error('No finding');
    expect(finding).toMatchObject({ subject: 'Bucket', verdict: 'bad' });
    expect(finding.mend).not.toBe('');
    return finding;
  }

  it('a bucket that does not exist', async () => {
    expect(await onlyRed({ bucket: 'no-such-bucket' })).toMatchObject({
      code: 'STORE_MISSING',
      fact: expect.stringContaining('The bucket no-such-bucket does not exist.'),
      mend: `aws s3api create-bucket --bucket no-such-bucket --endpoint-url ${server.endpoint}`,
    });
  });

  it('nobody listens', async () => {
    expect(await onlyRed({ endpoint: 'http://127.0.0.1:9' })).toMatchObject({ code: 'STORE_UNREACHABLE' });
  }, 20_000);

  it('a wrong secret', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    expect(await onlyRed()).toMatchObject({ code: 'STORE_DENIED' });
  });

  it('no credentials', async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
    process.env['AWS_CONFIG_FILE'] = '/dev/null';
    const finding = await onlyRed();
    expect(finding).toMatchObject({ code: 'STORE_DENIED', fact: expect.stringMatching(/no credentials/) });
  });

  it('another region, which the store names', async () => {
    const elsewhere = await startWebServer((_, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-north-1', 'content-type': 'application/xml' });
      response.end('<?xml version="1.0"?><Error><Code>PermanentRedirect</Code><Message>x</Message></Error>');
    });
    const finding = await onlyRed({ endpoint: elsewhere.endpoint, region: 'us-east-1' });
    expect(finding.mend).toBe('s3-region: eu-north-1');
    await elsewhere.close();
  });
});

it('something at the address that is no S3 server is not taken for one', async () => {
  const website = await startWebServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><html><body>Welcome to the console</body></html>');
  });
  const findings = [...(await check({ endpoint: website.endpoint })).values()];
  expect(findings.map(({ verdict }) => verdict)).toContain('bad');
  await website.close();
});

describe('the clock', () => {
  it.each([
    ['20 s ahead', -20, 'good', /agree/],
    ['100 s ahead', -100, 'warning', /(99|100|101) s ahead of/],
    ['an hour behind', 3600, 'warning', /behind.*Other S3 clients/],
  ])('%s', async (_, storeSeconds, verdict, fact) => {
    const proxy = await startTcpProxy(server.endpoint);
    proxy.onResponse = (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace(/^Date: (.*)\r$/im, (__, date: string) => {
          const shifted = new Date(Date.parse(date) + storeSeconds * 1000).toUTCString();
          return `Date: ${shifted}\r`;
        }),
        'latin1',
      );
    expect((await check({ endpoint: proxy.endpoint })).get('Clock')).toMatchObject({
      verdict,
      fact: expect.stringMatching(fact),
    });
    await proxy.close();
  });
});

it.each([
  ['the second write', /^PUT .*probe/],
  ['reading', /^GET .*probe/],
  ['an upload', /^POST .*uploads/],
])('an abort during %s leaves nothing in the bucket', async (_, when) => {
  const abort = new AbortController();
  const proxy = await startTcpProxy(server.endpoint);
  let seen = 0;
  proxy.onRequest = (bytes, { request }) => {
    if (when.test(request)) seen += 1;
    if (seen > 0 && (seen > 1 || !request.startsWith('PUT'))) abort.abort();
    return bytes;
  };
  const checking = storeChecks.check({ bucket, endpoint: proxy.endpoint, signal: abort.signal });
  await expect(checking).rejects.toMatchObject({ name: 'AbortError' });
  expect(await server.listAllKeys(bucket)).toEqual([]);
  expect(await server.listUploads(bucket)).toEqual([]);
  await proxy.close();
});
