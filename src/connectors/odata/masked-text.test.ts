import { describe, expect, it } from 'vitest';
import { readServiceError } from './service-error.ts';
import { maskSecrets } from './masked-text.ts';

const json = '{"odata.error":{"code":"20","message":{"lang":"ru","value":"Нет прав у odata, пароль 20 и -1"}}}';
const xml = '<?xml version="1.0"?><m:error xmlns:m="x"><m:code>-1</m:code><m:message xml:lang="ru">Пароль 1 и message</m:message></m:error>';

describe('a secret in what a service says', () => {
  it.each([['odata'], ['code'], ['20'], ['-1'], ['2'], ['value'], ['message']])('that is %s, a word of the protocol, leaves the error one that is understood', (secret) => {
    const masked = maskSecrets([secret], json);
    expect(readServiceError(masked, JSON.parse(masked))).toMatchObject({ code: '20' });
    expect(readServiceError(maskSecrets([secret], xml), undefined)).toMatchObject({ code: '-1' });
  });

  it('is taken out wherever it is not such a word', () => {
    expect(maskSecrets(['odata'], json)).toContain('Нет прав у [secret], пароль');
    expect(maskSecrets(['1'], xml)).toContain('>Пароль [secret] и message<');
    expect(maskSecrets(['секрет', 'секретнее'], 'секретнее, секрет')).toBe('[secret], [secret]');
  });

  it('is taken out when it only begins or ends in such a word, or is made of them', () => {
    for (const secret of ['code":"20","mess', '<m:code>-1</m:code>', 'error xmlns']) expect(maskSecrets([secret], json + xml)).not.toContain(secret);
  });

  it('is not looked for in the sign that stands for another', () => {
    expect(maskSecrets(['пароль', 's'], 'пароль и s')).toBe('[secret] и [secret]');
  });
});
