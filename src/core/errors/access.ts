import type { ErrorEntry } from './entry.ts';

export const accessErrors = {
  'access.unauthenticated': { fault: 'message', status: 401, ru: 'Нужен вход: учётные данные не переданы или неверны.', en: 'Sign-in needed: credentials are missing or wrong.' },
  'access.forbidden': { fault: 'message', status: 403, ru: 'Аккаунту «{account}» не хватает разрешения «{permission}». Его даёт администратор.', en: 'Account "{account}" lacks the permission "{permission}". An administrator can grant it.' },
  'access.slowDown': { fault: 'message', status: 429, next: 'retry', ru: 'Слишком много неверных попыток входа. Повторите через {seconds} с.', en: 'Too many wrong sign-ins. Try again in {seconds} s.' },
  'access.busy': { fault: 'us', status: 503, next: 'retry', ru: 'Слишком много входов сразу. Повторите через секунду.', en: 'Too many sign-ins at once. Try again in a second.' },
  'access.crossSite': { fault: 'message', status: 403, ru: 'Запрос пришёл со страницы другого сайта ({origin}) и не выполнен.', en: 'The request came from a page of another site ({origin}) and was not carried out.' },
  'account.lastAdministrator': { fault: 'message', status: 409, ru: '«{account}» — последний, кто управляет аккаунтами. Сначала дайте разрешение accounts.edit другому.', en: '"{account}" is the last one that manages accounts. Give accounts.edit to another one first.' },
  'account.scopeTooWide': { fault: 'message', status: 422, ru: 'Ключу нельзя дать {scopes}: у аккаунта «{account}» этого нет.', en: 'A token cannot get {scopes}: account "{account}" does not have it.' },
  'account.expiry': { fault: 'message', status: 422, ru: 'Срок «{text}» не годится: нужен момент в будущем, например 2027-01-31T00:00:00Z.', en: 'The expiry "{text}" will not do: an instant in the future is needed, such as 2027-01-31T00:00:00Z.' },
  'account.exists': { fault: 'setup', status: 409, ru: 'Аккаунт «{name}» уже есть. Возьмите другое имя или смените ему пароль: zveno account password {name}', en: 'The account "{name}" exists already. Take another name or change its password: zveno account password {name}' },
  'account.unknown': { fault: 'setup', status: 404, ru: 'Аккаунта «{name}» нет. Ближайшее имя: «{nearest}».', en: 'There is no account "{name}". The nearest name is "{nearest}".' },
  'account.name': { fault: 'setup', status: 422, ru: 'Имя аккаунта «{name}» недопустимо: от 1 до 64 знаков без пробелов и двоеточий.', en: 'The account name "{name}" is not allowed: 1 to 64 characters without spaces and colons.' },
  'account.permission': { fault: 'setup', status: 422, ru: 'Разрешения «{name}» нет. Допустимы: {allowed}.', en: 'There is no permission "{name}". Allowed: {allowed}.' },
  'account.passwordLength': { fault: 'setup', status: 422, ru: 'Пароль короче {least} знаков или длиннее {most}. Придумайте другой.', en: 'The password has fewer than {least} characters or more than {most}. Think of another.' },
  'token.unknown': { fault: 'setup', status: 404, ru: 'Действующего ключа API {id} нет. Список: zveno token list', en: 'There is no valid API token {id}. The list: zveno token list' },
  'token.days': { fault: 'setup', status: 422, ru: 'Срок ключа — от 1 до {most} дней.', en: 'A token is valid for 1 to {most} days.' },
  'access.unknownAccount': { fault: 'setup', status: 503, ru: 'Аккаунта «{account}», от имени которого работает маршрут «{route}», нет, или он отключён. Создайте или включите его.', en: 'The account "{account}" that route "{route}" runs as does not exist or is disabled. Create or enable it.' },
} satisfies Record<string, ErrorEntry>;
