import ssh2, { type AuthContext, type ParsedKey } from 'ssh2';

const { utils } = ssh2;

/** Who may log in to a lab node, and how. */
export interface Account {
  user: string;
  /** Public keys, in OpenSSH's one-line form, asked for at every login. */
  authorizedKeys: () => Promise<readonly string[]>;
  /** Accepted for `password` and `keyboard-interactive`, whichever the server offers. */
  password?: string;
}

export interface AuthOptions {
  accounts: readonly Account[];
  /** FreeBSD's sshd offers keys and keyboard-interactive (PAM), not `password`. */
  methods: readonly ('publickey' | 'password' | 'keyboard-interactive')[];
}

/** Answers one authentication request of a client. */
export async function authenticate(context: AuthContext, options: AuthOptions): Promise<void> {
  const account = options.accounts.find(({ user }) => user === context.username);
  const method = context.method;
  const offered = options.methods.some((one) => one === method);
  const refuse = () => context.reject([...options.methods]);
  if (!account || !offered) return refuse();
  if (context.method === 'publickey') {
    return (await keyIsGood(context, account)) ? context.accept() : refuse();
  }
  if (context.method === 'password') {
    return context.password === account.password ? context.accept() : refuse();
  }
  if (context.method === 'keyboard-interactive') {
    if (account.password === undefined) return refuse();
    const prompt = `(${account.user}@lab) Password for ${account.user}:`;
    context.prompt([{ prompt, echo: false }], (answers: readonly string[]) => {
      if (answers[0] === account.password) context.accept();
      else refuse();
    });
    return;
  }
  refuse();
}

async function keyIsGood(
  context: Extract<AuthContext, { method: 'publickey' }>,
  account: Account,
): Promise<boolean> {
  const keys = (await account.authorizedKeys()).flatMap(parse);
  const key = keys.find((one) => one.getPublicSSH().equals(context.key.data));
  if (!key) return false;
  // Without a signature the client only asks whether this key would do.
  if (!context.signature || !context.blob) return true;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function parse(line: string): ParsedKey[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return [];
  const key = utils.parseKey(text);
  if (key instanceof Error) return [];
  return Array.isArray(key) ? key : [key];
}
