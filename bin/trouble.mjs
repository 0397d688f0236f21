/**
 * What can go wrong before the platform's own code runs, said so that a person knows what to do.
 * A Trouble is printed without a stack; anything else that is thrown is a defect of ours and keeps its stack.
 */
export class Trouble extends Error {
  constructor(sentence, details = '') {
    super(sentence);
    this.name = 'Trouble';
    this.details = details;
  }
}

/** One row a cause, the first that matches wins: the order matters because npm repeats codes of nested errors. */
const causes = [
  {
    seen: /\bENOSPC\b|no space left on device/i,
    says: ({ step, folder }) => `${step}: the disk that holds ${folder} is full. Free some space (about 1 GB) and start again; what is half done is done anew.`,
  },
  {
    seen: /\bEDQUOT\b|quota exceeded/i,
    says: ({ step, folder }) => `${step}: the disk quota for ${folder} is used up. Free some space (about 1 GB) and start again.`,
  },
  {
    seen: /\b(EROFS|EACCES|EPERM)\b|read-only file system|permission denied/i,
    says: ({ step, folder }) => `${step}: ${folder} cannot be written by this user. Give the folder to the user who starts Zveno (chown), or copy the project to a folder of yours.`,
  },
  {
    seen: /\b(E401|E403|ENEEDAUTH|EOTP)\b/,
    says: ({ step }) => `${step}: the package registry refused access. Check the registry and its token in your .npmrc ("npm config get registry" shows the address).`,
  },
  {
    seen: /\b(E404|ETARGET|ENOVERSIONS|notarget)\b/,
    says: ({ step }) => `${step}: the package registry does not have a package of the wanted version. If a mirror is set ("npm config get registry"), bring it up to date or choose another one.`,
  },
  {
    seen: /\bEINTEGRITY\b/,
    says: ({ step }) => `${step}: a package arrived damaged or differs from package-lock.json. Start again; if it stays so, the registry or a proxy on the way changes packages.`,
  },
  {
    seen: /\b(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|E5\d\d)\b|CERT_|SELF_SIGNED|UNABLE_TO_/,
    says: ({ step }) => `${step}: the package registry cannot be reached. Check the network, the proxy (HTTPS_PROXY) and the registry ("npm config get registry"), then start again; what was fetched is kept.`,
  },
  {
    seen: /\bEBADPLATFORM\b/,
    says: ({ step }) => `${step}: a package does not exist for this machine (${process.platform} ${process.arch}). Zveno runs on Linux and macOS, x64 and arm64.`,
  },
];

/** `context` is the step that failed, in words, and the folder it worked in. `output` is what npm or the system said. */
export function troubleOf(context, output) {
  const cause = causes.find((row) => row.seen.test(output));
  if (cause) return new Trouble(cause.says(context), tellingLines(output));
  return new Trouble(`${context.step}: npm failed; its last words are below.`, lastLines(output, 25));
}

/** The first words of npm's own error name the package or the address; what follows is advice. */
const tellingLines = (text) => lastLines(text.split('\n').filter((line) => /^npm (error|ERR!) \S/.test(line)).slice(0, 4).join('\n') || text, 4);

function lastLines(text, count) {
  const lines = text.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '');
  return lines.slice(-count).join('\n');
}
