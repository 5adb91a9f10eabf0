/**
 * Facts about the target: what varstored itself accepts. Names are those of its sources
 * (varstored include/handler.h, include/serialize.h, include/xapidb.h; lengths in bytes).
 */
export const VARSTORED_LIMITS = {
  NAME_LIMIT: 4096,
  DATA_LIMIT: 57_344,
  TOTAL_LIMIT: 131_072,
  VARIABLE_SIZE_OVERHEAD: 128,
  MAX_VARIABLE_COUNT: 1024,
  DB_VERSION: 2,
  /** The file by which a VM is suspended, resumed and migrated (xapidb.c); no limit of the NVRAM itself. */
  MAX_FILE_SIZE: 131_072,
  /** magic, version, count, data length */
  HEADER_BYTES: 24,
  /** mor_key (8) and ppi_vdata (4 + 256), from version 2 on */
  ANCILLARY_BYTES: 268,
  /** two lengths, GUID, attributes, time, digest: what a record holds besides its name and data */
  RECORD_OVERHEAD_BYTES: 84,
} as const;

/** The same of uefistored, the daemon of XCP-ng 8.2 (uefistored inc/config.h and src/xapi.c; lengths in bytes). */
export const UEFISTORED_LIMITS = {
  MAX_VAR_COUNT: 128,
  NAME_LIMIT: 256,
  DATA_LIMIT: 32_768,
  /** The file by which a VM is suspended, resumed and migrated (8 pages). */
  MAX_RESUME_FILE_SIZE: 32_768,
} as const;

/** Our own protection against hostile input. Crossing one is a ParseError with the code "over-limit". */
export const PARSER_LIMITS = {
  /** A raw blob. The daemon's total is 128 KiB; 1024 variables at their limits would be 60 MiB. */
  maxBlobBytes: 67_108_864, // 64 MiB
  /** Base64 text, `xe` output or another text that holds one NVRAM. */
  maxTextBytes: 100_663_296, // 96 MiB
  maxJsonBytes: 67_108_864, // 64 MiB
  /** How deep objects and arrays of a JSON input may be nested. */
  maxJsonDepth: 256,
  /** A text with escapes in which the place of an NVRAM is looked for; the metadata of a snapshot has some 200 KB. */
  maxPlacedTextBytes: 16_777_216, // 16 MiB
  /** Values of a JSON input, told by their commas. A VM's record has about 300. */
  maxJsonValues: 4_194_304,
  maxOvaXmlBytes: 268_435_456, // 256 MiB
  /** How deep values of ova.xml may be nested; the exporter needs 12. */
  maxXmlDepth: 128,
  /** Elements of one record of ova.xml. The exporter needs a few hundred. */
  maxXmlElementsPerObject: 200_000,
  /** Broken objects of ova.xml that are stepped over; at the next one reading stops. */
  maxBrokenObjects: 10_000,
  /** A database of xapi, which is never in memory as a whole; 1000 VMs with their snapshots have some 300 MB. */
  maxXapiDbBytes: 17_179_869_184, // 16 GiB
  /** One column of a row. An NVRAM has 175 KB, the metadata of a snapshot somewhat more. */
  maxXapiDbAttributeBytes: 16_777_216, // 16 MiB
  /** Columns of one row; a VM has about 100. */
  maxXapiDbAttributes: 4096,
  /** Rows and tables of a database; a pool of 1000 VMs has some 100 000. */
  maxXapiDbElements: 4_194_304,
  /** How deep elements of a database may be nested; xapi needs 3. */
  maxXapiDbDepth: 16,
  /** Pool and host records of one input that hold certificates; a pool has 64 hosts. */
  maxCertificateSets: 256,
  /** A set of certificates by itself; Microsoft's have 60 KB, and their base64 a third more. */
  maxCertificateArchiveBytes: 16_777_216, // 16 MiB
  /** Files of one archive of certificates; a host has four. */
  maxAuthFiles: 64,
  /** How deep the lists of an s-expression may be nested; xapi needs 3. */
  maxSexprDepth: 64,
  /** Members of an archive that may stand before ova.xml; the exporter writes it first. */
  maxTarMembersBeforeOvaXml: 1024,
  /** Bytes of an archive that may stand before the end of ova.xml, ova.xml itself not counted. */
  maxTarBytesBeforeOvaXml: 67_108_864, // 64 MiB
  /** One block of a disk; the exporter's have 1 MiB. */
  maxXvaBlockBytes: 16_777_216, // 16 MiB
  /** A member of an export that is neither ova.xml, nor a block, nor its checksum. */
  maxXvaOtherMemberBytes: 1_073_741_824, // 1 GiB
  /** What is told one by one of a damaged export; the rest is counted. */
  maxXvaProblems: 1000,
  /** Disks of an export that are told one by one; xapi gives a VM 255 at most. */
  maxXvaDisks: 4096,
  /** Output over input of a decompressor, counted once the output passes `compressionRatioFloorBytes`. */
  maxCompressionRatio: 200,
  compressionRatioFloorBytes: 4_194_304, // 4 MiB
  /** Input of a decompressor beyond what it gives out: skippable frames, empty members, over-long file names. */
  maxCompressionOverheadBytes: 67_108_864, // 64 MiB
  /** What a zstd frame may ask as window; `zstd --long` asks 128 MiB. */
  maxZstdWindowBytes: 134_217_728, // 128 MiB
  maxFolderDepth: 64,
  maxFolderEntries: 1_000_000,
  /** Records (VMs, snapshots) of one input. */
  maxVmRecords: 100_000,
  /** Variables that the lenient reader takes from one blob. */
  maxVariables: 65_536,
  /** Signature lists that are read from one variable. */
  maxSignatureLists: 65_536,
  /** Lists, and runs of entries under one owner, that a byte account tells apart; 128 KiB have room for 4700 lists. */
  maxAccountedRanges: 65_536,
  /** Signatures of two variables that are compared one by one; above that their bytes are. 57344 bytes have room for 3300. */
  maxComparedSignatures: 32_768,
  /** Certificates of one variable that are looked at; firmware makers ship a dozen in db. */
  maxStoredCertificates: 256,
  /** Nodes of one device path; firmware writes fewer than ten. */
  maxDevicePathNodes: 256,
  /** Device paths of one load option; the first is the one to load, a second one is rare. */
  maxDevicePaths: 64,
  /** Numbers of one boot order: as many as there can be different ones. */
  maxLoadOptionNumbers: 65_536,
  /** Description of a load option; firmware shows one line. */
  maxDescriptionBytes: 8192,
  /** An SBAT level; shim's own has 60 bytes. */
  maxSbatBytes: 16_384,
  /** Elements that are read below one node of an ASN.1 structure; a signed update needs ten. */
  maxDerElements: 4096,
  /** Certificates that one PKCS #7 signature may bring along, and signers that it may have; Microsoft's updates bring one to three, and have one. */
  maxEmbeddedCertificates: 64,
  /** A certificate that the user supplies, and files of the folder that holds them. */
  maxCertificateBytes: 65_536, // 64 KiB
  maxSuppliedFiles: 1000,
  /** An update of a variable; varstored takes a request of 56 KiB. */
  maxUpdateBytes: 1_048_576, // 1 MiB
  /** A table or an update given with `--reference`; Microsoft's largest table has 0.4 MB. */
  maxReferenceBytes: 16_777_216, // 16 MiB
  /** Distinct hashes of one reference; Microsoft's tables have 1250. Keeps crafted collisions of the hash table harmless. */
  maxReferenceHashes: 16_384,
} as const;
