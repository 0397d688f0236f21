/** The pages at which people sign in, as text. They work without scripts and hold none. */
import { textOf, type Failure, type Lang } from '../core/failure.ts';
import type { Localised } from '../core/localised.ts';

export interface PageFrame {
  lang: Lang;
  /** Where the person wanted to go: a path of this server. */
  to: string;
  /** Why the last attempt was refused. */
  refused: Failure | null;
}

export const signInForm = (frame: PageFrame, login: string): string =>
  page(frame, { ru: 'Вход', en: 'Sign in' }, `
    <form method="post" action="/sign-in">
      ${hidden('to', frame.to)}
      ${field(frame.lang, { ru: 'Имя', en: 'Name' }, `name="login" value="${escaped(login)}" autocomplete="username" maxlength="64" autocapitalize="none" spellcheck="false"${login === '' ? ' autofocus' : ''}`)}
      ${field(frame.lang, { ru: 'Пароль', en: 'Password' }, `name="password" type="password" autocomplete="current-password" maxlength="256"${login === '' ? '' : ' autofocus'}`)}
      ${button(frame.lang, { ru: 'Войти', en: 'Sign in' })}
    </form>`);

export const signedInPage = (frame: PageFrame, account: string, csrf: string): string =>
  page(frame, { ru: `Вы вошли как ${account}`, en: `Signed in as ${account}` }, `
    <p><a href="${escaped(frame.to)}">${say(frame.lang, { ru: 'Дальше', en: 'Go on' })}</a> · <a href="/sign-in/password">${say(frame.lang, { ru: 'Сменить пароль', en: 'Change the password' })}</a></p>
    <form method="post" action="/sign-out">${hidden('csrf', csrf)}${button(frame.lang, { ru: 'Выйти', en: 'Sign out' })}</form>`);

export const passwordForm = (frame: PageFrame, { csrf, must }: { csrf: string; must: boolean }): string =>
  page(frame, { ru: 'Смена пароля', en: 'Change the password' }, `
    ${must ? `<p>${say(frame.lang, { ru: 'Этот пароль задал администратор. Придумайте свой.', en: 'An administrator has set this password. Think of one of your own.' })}</p>` : ''}
    <form method="post" action="/sign-in/password">
      ${hidden('csrf', csrf)}${hidden('to', frame.to)}
      ${field(frame.lang, { ru: 'Нынешний пароль', en: 'Present password' }, 'name="current" type="password" autocomplete="current-password" maxlength="256" autofocus')}
      ${field(frame.lang, { ru: 'Новый пароль', en: 'New password' }, 'name="password" type="password" autocomplete="new-password" maxlength="256"')}
      ${field(frame.lang, { ru: 'Новый пароль ещё раз', en: 'New password again' }, 'name="again" type="password" autocomplete="new-password" maxlength="256"')}
      ${button(frame.lang, { ru: 'Сменить', en: 'Change' })}
    </form>`);

/** No script, no frame, nothing from elsewhere; forms lead here alone. */
export const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export const pageStyle = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem; }
main { width: 100%; max-width: 22rem; }
img { display: block; margin-bottom: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
label { display: block; margin-bottom: 1rem; }
input { display: block; box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { padding: .5rem 1.5rem; font: inherit; cursor: pointer; }
[role=alert] { border-left: .25rem solid #c33; padding-left: .75rem; }
`;

function page({ lang, refused }: PageFrame, title: Localised, content: string): string {
  const shown = escaped(title[lang]);
  const reasons = refused === null ? [] : refused.code === 'access.unauthenticated' ? [notKnown[lang]] : refused.problems.length === 0 ? [refused.text(lang)] : refused.problems.map(({ code, parameters }) => textOf(code, parameters, lang));
  const alert = reasons.map((text) => `<p role="alert">${escaped(text)}</p>`).join('');
  return `<!doctype html>
<html lang="${lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${shown} · ${say(lang, { ru: 'Звено', en: 'Zveno' })}</title><link rel="stylesheet" href="/sign-in/style.css"><link rel="icon" type="image/svg+xml" href="/sign-in/mark.svg"></head>
<body><main><img src="/sign-in/mark.svg" alt="" width="48" height="32"><h1>${shown}</h1>${alert}${content}</main></body>
</html>
`;
}

/** Which of both is wrong, or that there is no such name, is nobody's business. */
const notKnown: Localised = { ru: 'Имя или пароль неверны.', en: 'The name or the password is wrong.' };

const say = (lang: Lang, word: Localised): string => escaped(word[lang]);

const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${escaped(value)}">`;

const field = (lang: Lang, word: Localised, attributes: string): string => `<label>${say(lang, word)}<input ${attributes} required></label>`;

const button = (lang: Lang, word: Localised): string => `<button type="submit">${say(lang, word)}</button>`;

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);
