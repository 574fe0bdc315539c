/** One line of SHOW GRANTS that gives privileges on schemas or tables, or takes them from one schema. */
export interface Grant {
  verb: 'GRANT' | 'REVOKE';
  /** As the server writes them; without those that are for some columns only. */
  privileges: string[];
  /** `*`, or a pattern. */
  schema: string;
  table: string;
  /** Whom it is for: the account, or one of its roles. */
  grantee: string;
}

interface Token {
  text: string;
  /** Between quotes it is a name, whatever it says. */
  quoted: boolean;
}

/**
 * Reads one line. The names stand between backquotes, between double quotes (sql_mode=ANSI_QUOTES), in old servers
 * between single ones, or between none (sql_quote_show_create=0).
 * @returns undefined for what gives a role, a routine or a proxy.
 */
export function parseGrant(line: string): Grant | undefined {
  const reader = new Reader(tokensOf(line));
  const verb = reader.takeWord('GRANT', 'REVOKE');
  if (verb === undefined) return undefined;
  const privileges = reader.takePrivileges();
  if (privileges === undefined) return undefined;
  const schema = reader.take()?.text;
  // «PROCEDURE `d`.`p`» and «`user`@`host`» of a proxy have something else there.
  if (schema === undefined || !reader.takeSign('.')) return undefined;
  const table = reader.take()?.text;
  if (table === undefined || reader.takeWord('TO', 'FROM') === undefined) return undefined;
  return {
    verb: verb === 'GRANT' ? verb : 'REVOKE',
    privileges,
    schema,
    table,
    grantee: reader.takeAccount(),
  };
}

const tokenPattern = /`((?:[^`]|``)*)`|"((?:[^"]|"")*)"|'((?:[^'\\]|''|\\.)*)'|([.,()@])|[^\s.,()@`"']+/gs;

function tokensOf(line: string): Token[] {
  return [...line.matchAll(tokenPattern)].map(([whole, backquoted, doubleQuoted, singleQuoted]) => {
    if (backquoted !== undefined) return { text: backquoted.replaceAll('``', '`'), quoted: true };
    if (doubleQuoted !== undefined) return { text: doubleQuoted.replaceAll('""', '"'), quoted: true };
    if (singleQuoted !== undefined) return { text: singleQuoted.replaceAll("''", "'"), quoted: true };
    return { text: whole, quoted: false };
  });
}

class Reader {
  #position = 0;

  constructor(readonly tokens: readonly Token[]) {}

  take(): Token | undefined {
    return this.tokens[this.#position++];
  }

  takeSign(sign: string): boolean {
    const next = this.tokens[this.#position];
    if (next?.quoted !== false || next.text !== sign) return false;
    this.#position++;
    return true;
  }

  takeWord(...words: string[]): string | undefined {
    const next = this.tokens[this.#position];
    const word = next?.quoted === false ? next.text.toUpperCase() : '';
    if (!words.includes(word)) return undefined;
    this.#position++;
    return word;
  }

  /** All up to ON; undefined when there is none, as where roles are granted. */
  takePrivileges(): string[] | undefined {
    const privileges: string[] = [];
    let words: string[] = [];
    for (let token = this.take(); token !== undefined && !token.quoted; token = this.take()) {
      const isOn = token.text.toUpperCase() === 'ON';
      if (isOn || token.text === ',') {
        if (words.length > 0) privileges.push(words.join(' '));
        if (isOn) return privileges;
        words = [];
      } else if (token.text === '(') {
        // For the columns that follow only.
        while (!this.takeSign(')')) if (this.take() === undefined) return undefined;
        words = [];
      } else {
        words.push(token.text);
      }
    }
    return undefined;
  }

  takeAccount(): string {
    const user = this.take()?.text ?? '';
    return this.takeSign('@') ? `${user}@${this.take()?.text ?? ''}` : user;
  }
}
