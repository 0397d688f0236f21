/** Ties a sign-in to the TLS connection that it goes over, so that nobody between can pass it on (RFC 5929, tls-server-end-point). */
import { createHash, type X509Certificate } from 'node:crypto';

export function channelBindings(certificate: X509Certificate | undefined): Buffer {
  if (certificate === undefined) return Buffer.alloc(16);
  const data = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), createHash(hashOf(certificate.signatureAlgorithm)).update(certificate.raw).digest()]);
  // No addresses of either side, then the data with its length.
  const bindings = Buffer.alloc(20);
  bindings.writeUInt32LE(data.length, 16);
  return createHash('md5').update(bindings).update(data).digest();
}

/** The hash of the certificate's own signature; the weak ones count as SHA-256. */
const hashOf = (algorithm: string | undefined): string => `sha${/sha-?(384|512|224)/i.exec(algorithm ?? '')?.[1] ?? '256'}`;
