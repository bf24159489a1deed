// A real S3-compatible server on this machine, with a bucket `millrace`.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import S3rver from "s3rver";
import { afterAll } from "vitest";

/** Starts the server; it goes with the test file. Credentials are those that it knows. */
export const startS3 = async (): Promise<{ endpoint: string; folder: string }> => {
  process.env.AWS_ACCESS_KEY_ID = "S3RVER";
  process.env.AWS_SECRET_ACCESS_KEY = "S3RVER";
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-s3-"));
  const server = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory: path.join(folder, "served"),
    configureBuckets: [{ name: "millrace" }],
  });
  const { port } = await server.run();
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { endpoint: `http://127.0.0.1:${port}`, folder };
};
