import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** The processor time of a piece of work, in milliseconds: the mean of so many rounds, after some that do not count. */
export async function costOf(work: () => Promise<void> | void, count: number): Promise<number> {
  for (let done = 0; done < count / 4; done += 1) await work();
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

/** What one signature takes here (RSA-2048, SHA-256), in processor milliseconds: by it the pace of a machine is known. */
export async function costOfSignature(count: number): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const octets = randomBytes(1000);
  return costOf(() => void sign('RSA-SHA256', octets, privateKey), count);
}
