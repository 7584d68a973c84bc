// The AWS SDK for JavaScript with its default settings. Run by test_js_sdk.py, which sets the environment.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const test = require('node:test');
const { Readable } = require('node:stream');

const s3sdk = require('@aws-sdk/client-s3');
const { Upload } = require('@aws-sdk/lib-storage');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');

const Bucket = process.env.TEST_BUCKET;
const s3 = new s3sdk.S3({ endpoint: process.env.TEST_ENDPOINT, region: process.env.TEST_REGION, forcePathStyle: true, maxAttempts: 1 });
const bytes = async (answer) => Buffer.from(await answer.Body.transformToByteArray());

test.after(() => s3.destroy());

test('put, get, head, delete', async () => {
  const put = await s3.putObject({ Bucket, Key: 'a b/ü+.txt', Body: 'hello', Metadata: { a: 'b' }, ContentType: 'text/plain' });
  assert.ok(put.ChecksumCRC32);
  const got = await s3.getObject({ Bucket, Key: 'a b/ü+.txt' });
  assert.equal(await got.Body.transformToString(), 'hello');
  assert.deepEqual([got.ETag, got.ContentType, got.Metadata], [put.ETag, 'text/plain', { a: 'b' }]);
  const head = await s3.headObject({ Bucket, Key: 'a b/ü+.txt' });
  assert.equal(head.ContentLength, 5);
  await s3.deleteObject({ Bucket, Key: 'a b/ü+.txt' });
  await assert.rejects(s3.getObject({ Bucket, Key: 'a b/ü+.txt' }), (error) => error instanceof s3sdk.NoSuchKey);
  await assert.rejects(s3.headObject({ Bucket, Key: 'a b/ü+.txt' }), (error) => error instanceof s3sdk.NotFound);
});

test('a stream without a known hash is sent in chunks with a trailer', async () => {
  const body = crypto.randomBytes(3_000_000);
  await s3.putObject({ Bucket, Key: 'stream', Body: Readable.from([body.subarray(0, 1_000_000), body.subarray(1_000_000)]),
                       ContentLength: body.length });
  assert.ok((await bytes(await s3.getObject({ Bucket, Key: 'stream' }))).equals(body));
  const range = await s3.getObject({ Bucket, Key: 'stream', Range: 'bytes=999990-1000009' });
  assert.ok((await bytes(range)).equals(body.subarray(999_990, 1_000_010)));
});

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
  test(`checksum ${ChecksumAlgorithm}`, async () => {
    const Key = `checksum-${ChecksumAlgorithm}`;
    const put = await s3.putObject({ Bucket, Key, Body: 'A'.repeat(1024), ChecksumAlgorithm });
    const got = await s3.getObject({ Bucket, Key, ChecksumMode: 'ENABLED' });
    assert.equal(await got.Body.transformToString(), 'A'.repeat(1024));
    assert.equal(got[`Checksum${ChecksumAlgorithm}`], put[`Checksum${ChecksumAlgorithm}`]);
    assert.ok(got[`Checksum${ChecksumAlgorithm}`]);
  });
}

test('a managed multipart upload, and a part of it', async () => {
  const body = crypto.randomBytes(12_000_000);
  const done = await new Upload({ client: s3, params: { Bucket, Key: 'managed', Body: Readable.from(body) }, partSize: 5 << 20 }).done();
  assert.match(done.ETag, /-3"$/);
  assert.ok((await bytes(await s3.getObject({ Bucket, Key: 'managed' }))).equals(body));
  const second = await s3.getObject({ Bucket, Key: 'managed', PartNumber: 2 });
  assert.equal(second.PartsCount, 3);
  assert.ok((await bytes(second)).equals(body.subarray(5 << 20, 10 << 20)));
});

test('conditional writes', async () => {
  const { ETag } = await s3.putObject({ Bucket, Key: 'once', Body: '1', IfNoneMatch: '*' });
  await assert.rejects(s3.putObject({ Bucket, Key: 'once', Body: '2', IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
  await s3.putObject({ Bucket, Key: 'once', Body: '3', IfMatch: ETag });
  await assert.rejects(s3.putObject({ Bucket, Key: 'once', Body: '4', IfMatch: ETag }), { name: 'PreconditionFailed' });
});

test('listing by pages, copies, deletion of many', async () => {
  await Promise.all([...Array(7).keys()].map((n) => s3.putObject({ Bucket, Key: `list/${n}`, Body: `${n}` })));
  await s3.copyObject({ Bucket, Key: 'list/copy ü', CopySource: `${Bucket}/list/3` });
  const keys = [];
  for await (const page of s3sdk.paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket, Prefix: 'list/' })) {
    keys.push(...page.Contents.map((one) => one.Key));
  }
  assert.deepEqual(keys, ['list/0', 'list/1', 'list/2', 'list/3', 'list/4', 'list/5', 'list/6', 'list/copy ü']);
  assert.equal(await (await s3.getObject({ Bucket, Key: 'list/copy ü' })).Body.transformToString(), '3');
  const deleted = await s3.deleteObjects({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } });
  assert.equal(deleted.Deleted.length, 8);
  assert.equal((await s3.listObjectsV2({ Bucket, Prefix: 'list/' })).KeyCount, 0);
});

test('presigned URLs', async () => {
  const put = await getSignedUrl(s3, new s3sdk.PutObjectCommand({ Bucket, Key: 'signed' }), { expiresIn: 60 });
  assert.equal((await fetch(put, { method: 'PUT', body: 'by link' })).status, 200);
  const get = await getSignedUrl(s3, new s3sdk.GetObjectCommand({ Bucket, Key: 'signed' }), { expiresIn: 60 });
  assert.equal(await (await fetch(get)).text(), 'by link');
});
