import type { ErrorEntry } from './entry.ts';

export const accessErrors = {
  'access.unauthenticated': { fault: 'message', status: 401, ru: 'Нужен вход: учётные данные не переданы или неверны.', en: 'Sign-in needed: credentials are missing or wrong.' },
  'access.forbidden': { fault: 'message', status: 403, ru: 'Аккаунту «{account}» не хватает разрешения «{permission}». Его даёт администратор.', en: 'Account "{account}" lacks the permission "{permission}". An administrator can grant it.' },
  'access.slowDown': { fault: 'message', status: 429, next: 'retry', ru: 'Слишком много неверных попыток входа. Повторите через {seconds} с.', en: 'Too many wrong sign-ins. Try again in {seconds} s.' },
  'access.busy': { fault: 'us', status: 503, next: 'retry', ru: 'Слишком много входов сразу. Повторите через секунду.', en: 'Too many sign-ins at once. Try again in a second.' },
  'access.crossSite': { fault: 'message', status: 403, ru: 'Запрос пришёл со страницы другого сайта ({origin}) и не выполнен.', en: 'The request came from a page of another site ({origin}) and was not carried out.' },
  'account.unknown': { fault: 'message', status: 404, ru: 'Аккаунта «{account}» нет.', en: 'There is no account "{account}".' },
  'account.nameTaken': { fault: 'message', status: 409, ru: 'Аккаунт «{account}» уже есть. Выберите другое имя или измените его.', en: 'There is an account "{account}" already. Choose another name or change that one.' },
  'account.lastAdministrator': { fault: 'message', status: 409, ru: '«{account}» — последний, кто управляет аккаунтами. Сначала дайте разрешение accounts.edit другому.', en: '"{account}" is the last one that manages accounts. Give accounts.edit to another one first.' },
  'account.scopeTooWide': { fault: 'message', status: 422, ru: 'Ключу нельзя дать {scopes}: у аккаунта «{account}» этого нет.', en: 'A token cannot get {scopes}: account "{account}" does not have it.' },
  'account.expiry': { fault: 'message', status: 422, ru: 'Срок «{text}» не годится: нужен момент в будущем, например 2027-01-31T00:00:00Z.', en: 'The expiry "{text}" will not do: an instant in the future is needed, such as 2027-01-31T00:00:00Z.' },
  'account.tokenUnknown': { fault: 'message', status: 404, ru: 'У аккаунта «{account}» нет действующего ключа {token}.', en: 'Account "{account}" has no valid token {token}.' },
} satisfies Record<string, ErrorEntry>;
