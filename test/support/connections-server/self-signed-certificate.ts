import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/**
 * A certificate for one IPv4 address, valid for a day, signed by its own key (P-256). Node makes keys but no
 * certificates, and this is all that a test needs of X.509.
 * Source: RFC 5280, section 4.1, in DER (ITU-T X.690)
 * @returns key and certificate as PEM
 */
export function selfSignedCertificate(address: string): { key: string; certificate: string } {
  if (!isIPv4(address)) throw new Error(`${address} is not an IPv4 address`);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const name = sequence(set(sequence(COMMON_NAME, der(UTF8_STRING, Buffer.from(address)))));
  const alternativeNames = sequence(der(IP_ADDRESS, Buffer.from(address.split('.').map(Number))));
  const content = sequence(
    der(EXPLICIT_0, der(INTEGER, Buffer.from([2]))), // version 3
    // A leading 1 keeps the number positive and without a leading zero.
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(ECDSA_WITH_SHA256),
    name, // issuer
    sequence(time(now - HOUR), time(now + 24 * HOUR)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, sequence(sequence(SUBJECT_ALT_NAME, der(OCTET_STRING, alternativeNames)))),
  );
  const signature = der(BIT_STRING, Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]));
  const certificate = sequence(content, sequence(ECDSA_WITH_SHA256), signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

const HOUR = 60 * 60_000;

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const IP_ADDRESS = 0x87;
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;

const COMMON_NAME = der(OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'));
const SUBJECT_ALT_NAME = der(OBJECT_IDENTIFIER, Buffer.from('551d11', 'hex'));
const ECDSA_WITH_SHA256 = der(OBJECT_IDENTIFIER, Buffer.from('2a8648ce3d040302', 'hex'));

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(SEQUENCE, Buffer.concat(parts));
}

function set(...parts: Buffer[]): Buffer {
  return der(SET, Buffer.concat(parts));
}

/** `YYMMDDhhmmssZ` */
function time(at: number): Buffer {
  return der(UTC_TIME, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
