/** Who the platform is to a system that it calls by HTTP: the properties of its connections, and the headers made of them. */
import type { Secret } from './secret.ts';
import type { SpecFields } from './spec.ts';

/** For ways to sign in that a connector lists in its own `auth`. */
export const httpSignInFields = {
  username: {
    type: 'string', required: true, when: { auth: ['basic'] }, pattern: '^[^:\\x00-\\x1f]+$', maxLength: 256, example: 'zveno',
    title: { ru: 'Имя пользователя', en: 'User name' },
    description: { ru: 'Имя учётной записи в удалённой системе.', en: 'Name of the account in the remote system.' },
  },
  password: {
    type: 'secret', required: true, when: { auth: ['basic'] },
    title: { ru: 'Пароль', en: 'Password' },
    description: { ru: 'Пароль этой учётной записи.', en: 'Password of that account.' },
  },
  token: {
    type: 'secret', required: true, when: { auth: ['bearer', 'header'] },
    title: { ru: 'Токен или ключ', en: 'Token or key' },
    description: { ru: 'Уходит в заголовке Authorization: Bearer или в заголовке headerName.', en: 'Goes out in the header Authorization: Bearer or in the header headerName.' },
  },
  headerName: {
    type: 'string', required: true, when: { auth: ['header'] }, pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z\\-]+$", maxLength: 128, example: 'X-Api-Key',
    title: { ru: 'Заголовок с ключом', en: 'Header of the key' },
    description: { ru: 'Имя заголовка, в котором уходит ключ.', en: 'Name of the header that carries the key.' },
  },
  headers: {
    type: 'pairs', advanced: true, default: {}, example: { 'X-Client': 'zveno' },
    title: { ru: 'Постоянные заголовки', en: 'Fixed headers' },
    description: { ru: 'Добавляются к каждому запросу. Секреты задавайте полем «Токен или ключ».', en: 'Added to every request. Put secrets into "Token or key".' },
  },
} as const satisfies SpecFields;

/** Of the encryption of such a connection. */
export const httpTlsFields = {
  tls: {
    type: 'enum', values: ['verify', 'require'], default: 'verify', advanced: true, transport: true, example: 'verify',
    title: { ru: 'Проверка сертификата', en: 'Certificate check' },
    description: { ru: 'verify — сертификат проверяется; require — шифрование без проверки, только для сетей, которым вы доверяете.', en: 'verify: the certificate is checked; require: encrypted but not checked, only for networks you trust.' },
  },
  ca: {
    type: 'string', maxLength: 65_536, advanced: true, transport: true, pattern: '-----BEGIN CERTIFICATE-----', example: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----',
    title: { ru: 'Свой удостоверяющий центр', en: 'Own certificate authority' },
    description: { ru: 'Сертификат центра в виде PEM, если сервер подписан не общеизвестным.', en: 'Certificate of the authority as PEM, when the server is not signed by a well-known one.' },
  },
} as const satisfies SpecFields;

export interface HttpSignIn {
  /** Ways beyond these three are the connector's own and have no headers here. */
  auth: string;
  username?: string | undefined;
  password?: Secret | undefined;
  token?: Secret | undefined;
  headerName?: string | undefined;
}

/** To be sent as `credentials`, which do not follow a redirect to another origin. */
export function signInHeaders({ auth, username, password, token, headerName }: HttpSignIn): Readonly<Record<string, string>> {
  switch (auth) {
    case 'basic': return { authorization: basicAuthorization(username ?? '', password?.open() ?? '') };
    case 'bearer': return { authorization: `Bearer ${token?.open() ?? ''}` };
    case 'header': return { [headerName ?? '']: token?.open() ?? '' };
    default: return {};
  }
}

/** Names and passwords go as UTF-8: 1C refuses any other encoding of a Cyrillic name. */
export const basicAuthorization = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}`;
