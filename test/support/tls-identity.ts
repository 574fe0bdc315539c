import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { temporaryDirectory } from './temporary.js';

/** A new key and a certificate that it has signed itself, in PEM. */
export async function tlsIdentity(hostname: string): Promise<{ key: string; cert: string }> {
  const directory = await temporaryDirectory('tls');
  try {
    const [keyFile, certFile] = [`${directory.path}/key.pem`, `${directory.path}/cert.pem`];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const files = ['-keyout', keyFile, '-out', certFile];
    await promisify(execFile)('openssl', ['req', '-x509', '-subj', `/CN=${hostname}`, ...kind, ...files]);
    return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') };
  } finally {
    await directory.remove();
  }
}
