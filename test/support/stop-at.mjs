/**
 * Stops or kills a Node process at a line that it writes: preload it with NODE_OPTIONS=--import=<this file>. Nothing runs
 * in that process after the line, as a signal from outside would come later. STOP_AT is a part of the line, STOP_WITH the
 * signal. A post step, which has a state, is left alone.
 */
import process from 'node:process';

const { STOP_AT: text = '', STOP_WITH: signal = 'SIGSTOP' } = process.env;
const isPostStep = Object.keys(process.env).some((name) => name.startsWith('STATE_'));

if (text !== '' && !isPostStep) {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk, ...more) => {
      // To a pipe it writes at once.
      const hasRoom = write(chunk, ...more);
      if (String(chunk).trimEnd().endsWith(text)) process.kill(process.pid, signal);
      return hasRoom;
    };
  }
}
