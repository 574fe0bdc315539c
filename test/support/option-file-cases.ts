/**
 * Texts of option files, and the options that MySQL's own parser finds in their [client] groups. Both are held to
 * it: src/mysql/option-file.ts by a unit test, the table itself by `my_print_defaults` in a contract test.
 */
export const optionFileCases: [what: string, text: string, options: Record<string, string>][] = [
  ['a plain file', '[client]\nuser=bk\npassword = secret\n', { user: 'bk', password: 'secret' }],
  ['blanks and tabs', '  [client]  \n\tuser\t=\tbk \t\n', { user: 'bk' }],
  ['Windows line ends', '[client]\r\nuser=bk\r\nport=3307\r\n', { user: 'bk', port: '3307' }],
  ['no end of the last line', '[client]\nuser=bk', { user: 'bk' }],
  ['comments', '# a\n; b\n[client]\n#user=a\n ;user=b\nuser=c # d\nhost=e;f\n', { user: 'c', host: 'e;f' }],
  ['a hash in a bare value', '[client]\npassword=abc#def\n', { password: 'abc' }],
  [
    'a hash in quotes',
    '[client]\npassword="abc#def" # note\nuser=\'a # b\'\n',
    { password: 'abc#def', user: 'a # b' },
  ],
  ['a hash after an apostrophe', "[client]\npassword=it's #1\n", { password: "it's #1" }],
  ['quotes', '[client]\na="x y"\nb=\' z \'\nc=""\nd="\n', { a: 'x y', b: ' z ', c: '', d: '"' }],
  [
    'quotes inside',
    '[client]\na="x"y\nb=x"y"\nc=\'it"s\'\nd="it\'s"\n',
    { a: '"x"y', b: 'x"y"', c: 'it"s', d: "it's" },
  ],
  ['quotes that do not match', '[client]\na="x\'\n', { a: '"x\'' }],
  [
    'escapes',
    '[client]\na=x\\ty\\\\z\\sq\nb="say \\"hi\\""\nc=\'it\\\'s\'\nd=a\\qb\ne=C:\\dir\\\n',
    { a: 'x\ty\\z q', b: 'say "hi"', c: "it's", d: 'a\\qb', e: 'C:\\dir\\' },
  ],
  ['an escaped last quote', '[client]\na="abc\\"\n', { a: 'abc\\' }],
  ['an equals sign in the value', '[client]\npassword=a=b=c\n', { password: 'a=b=c' }],
  ['a name alone', '[client]\ncompress\nuser=bk\n', { compress: '', user: 'bk' }],
  ['an empty value', '[client]\npassword=\nuser=bk\n', { password: '', user: 'bk' }],
  ['other groups', '[mysqld]\nuser=mysql\n[client]\nuser=bk\n[mysqldump]\nuser=d\n', { user: 'bk' }],
  ['the last of several', '[client]\nuser=a\nuser=b\n[mysqld]\nuser=c\n[client]\nuser=d\n', { user: 'd' }],
  [
    'something after the group',
    '[client] # all of them\nuser=bk\n[client]x\nport=1\n',
    { user: 'bk', port: '1' },
  ],
  ['a blank in the group', '[client ]\nuser=bk\n[ client]\nuser=other\n', { user: 'bk' }],
  ['letters beyond ASCII', '[client]\npassword=pä🐬ß\n', { password: 'pä🐬ß' }],
  ['nothing', '', {}],
];
