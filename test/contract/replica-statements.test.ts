import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replicaStatements } from '../../src/report/replica-statements.js';
import { startMysqlServer, type MysqlServer } from '../support/mysql-server.js';

/** The server at hand must take the statements as they are shown. */
let server: MysqlServer;
beforeAll(async () => {
  server = await startMysqlServer({
    options: ['--loose-gtid-mode=ON', '--loose-enforce-gtid-consistency=ON'],
  });
});
afterAll(() => server.remove());

describe('the statements for a replica', () => {
  const gtid = () => (server.flavor === 'mariadb' ? '0-77-3142' : '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5');
  const run = async (coordinates: Parameters<typeof replicaStatements>[1]) => {
    const text = replicaStatements({ flavor: server.flavor, version: server.version }, coordinates) ?? '';
    for (const statement of text.split(/;\n?/).filter((part) => part !== '')) await server.query(statement);
    const word = text.includes('START SLAVE') ? 'SLAVE' : 'REPLICA';
    const [status] = await server.query(`SHOW ${word} STATUS`);
    await server.query(`STOP ${word}`);
    return JSON.stringify(status);
  };

  it('with GTIDs', async () => {
    await server.query('CREATE DATABASE made_here');
    const status = await run({ gtid: gtid() });
    expect(status).toContain('<address>');
    expect(status).toContain(gtid());
    expect(status).toMatch(/"Using_Gtid":"Slave_Pos"|"Auto_Position":"?1/);
  });

  it('by file and position', async () => {
    // MySQL keeps to GTIDs once it was told to.
    if (server.flavor === 'mysql') await server.query('RESET REPLICA ALL');
    const status = await run({ binlogFile: 'binlog.000007', binlogPosition: '4711' });
    expect(status).toContain('"binlog.000007"');
    expect(status).toContain('4711');
  });
});
