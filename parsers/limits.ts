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
  /** A text whose escapes are undone: a mail or a page with some NVRAMs. It takes fifty times its size. */
  maxChangedTextBytes: 4_194_304, // 4 MiB
  maxJsonBytes: 67_108_864, // 64 MiB
  /** How deep objects and arrays of a JSON input may be nested. */
  maxJsonDepth: 256,
  /** A text with escapes in which the place of an NVRAM is looked for; the metadata of a snapshot has some 200 KB. */
  maxPlacedTextBytes: 16_777_216, // 16 MiB
  /** Values of a JSON input, told by their commas and by what is opened. A VM's record has about 300. */
  maxJsonValues: 1_048_576,
  /** Members of one object of it; all records of a pool stand in one object at times. */
  maxJsonMembers: 65_536,
  /** A cache of Xen Orchestra's backups, which is never in memory as a whole; a backup has up to 1 MB in it. */
  maxXoCacheBytes: 2_147_483_648, // 2 GiB
  /** A file of an encrypted remote up to here is deciphered, and its tag checked, before any of it is used; of a larger one, such as an export, that is known at its end. */
  maxDecipheredAtOnceBytes: 33_554_432, // 32 MiB
  /** Backups in such a cache. */
  maxXoCacheEntries: 100_000,
  /** Disks of one delta backup whose files are looked for; xapi gives a VM 255 at most. */
  maxBackupDisks: 1024,
  /** Files of backups that are looked for on account of one input; a cache of 100 backups with 10 disks names 1000. */
  maxBackupLooks: 100_000,
  /** Entries of a VM's folder that are listed to see whether it holds data of any backup. */
  maxBackupFolderEntries: 10_000,
  /** Backups of one input of which each gets a finding of its own where it cannot be restored. */
  maxToldBackups: 100,
  /** The description of an appliance (OVF); that of a VM with a full NVRAM has some 200 KB. */
  maxOvfBytes: 33_554_432, // 32 MiB
  /** XML that is read into a tree; a VM of an appliance has about 100 elements. */
  maxSmallXmlElements: 65_536,
  maxSmallXmlDepth: 64,
  /** Of one tag with its attributes: sax puts both together character by character. */
  maxSmallXmlTagBytes: 65_536, // 64 KiB
  maxSmallXmlAttributes: 262_144,
  maxSmallXmlAttributesPerElement: 256,
  /** The manifest of an appliance: a line for each file. */
  maxManifestBytes: 1_048_576, // 1 MiB
  /** Files of an appliance of which each is told by itself. */
  maxOvaFiles: 65_536,
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
  /** Records of a database that wait for the row of the pool, which comes last, by the text of their NVRAMs; 1000 VMs have 50 MB. */
  maxWaitingRecordBytes: 67_108_864, // 64 MiB
  /** Pool and host records of one input that hold certificates; a pool has 64 hosts. */
  maxCertificateSets: 256,
  /** Versions of hosts that one input tells; a pool has 64 hosts. */
  maxHostSoftware: 64,
  /** A set of certificates by itself; Microsoft's have 60 KB, and their base64 a third more. */
  maxCertificateArchiveBytes: 16_777_216, // 16 MiB
  /** Files of one archive of certificates; a host has four. */
  maxAuthFiles: 64,
  /** How deep the lists of an s-expression may be nested; xapi needs 3. */
  maxSexprDepth: 64,
  /** Strings and lists of one; the metadata of a snapshot has some 400. */
  maxSexprParts: 65_536,
  /** Members of an archive that may stand before ova.xml; the exporter writes it first. */
  maxTarMembersBeforeOvaXml: 1024,
  /** Bytes of an archive that may stand before the end of ova.xml, ova.xml itself not counted. */
  maxTarBytesBeforeOvaXml: 67_108_864, // 64 MiB
  /** One block of a disk; the exporter's have 1 MiB. */
  maxXvaBlockBytes: 16_777_216, // 16 MiB
  /** A member of an export that is neither ova.xml, nor a block, nor its checksum. */
  maxXvaOtherMemberBytes: 1_073_741_824, // 1 GiB
  /** The table of checksums at the end of an export of before 2007; it takes some 120 bytes a block. */
  maxXvaTableBytes: 67_108_864, // 64 MiB
  /** Blocks of such an export whose checksums are kept until the table comes: 512 GiB. */
  maxXvaTableBlocks: 524_288,
  /** What is told one by one of a damaged export; the rest is counted. */
  maxXvaProblems: 1000,
  /** Disks of an export that are told one by one; xapi gives a VM 255 at most. */
  maxXvaDisks: 4096,
  /** Blocks of all disks of an export whose places are kept: 4 TiB. */
  maxExportBlocks: 4_194_304,
  /** Of a compressed export, and of a disk's folders, so much of what was read is kept for a second look. */
  maxKeptBlockBytes: 67_108_864, // 64 MiB
  /** How often a compressed export is read again from its beginning for a block that was not kept. */
  maxExportRewinds: 8,
  /** Of a compressed export, where nobody asked for its disks: beyond it what starts is assumed, and that is said. */
  maxUnaskedExportBytes: 268_435_456, // 256 MiB
  /** A disk in VHDs, which hold 2 TiB at most. */
  maxVhdBytes: 4_398_046_511_104, // 4 TiB
  /** Blocks of one VHD: 2 TiB in blocks of 2 MiB are 1,048,576. */
  maxVhdEntries: 4_194_304,
  maxVhdBlockBytes: 67_108_864, // 64 MiB
  /** A VHD with its parents; Xen Orchestra and xapi keep some 30 at most. */
  maxVhdChain: 128,
  /** Partitions of a disk that are looked at; Windows and Linux make 128 at most. */
  maxPartitions: 1024,
  /** Bytes of one entry of a GPT; the specification has 128. */
  maxGptEntryBytes: 4096,
  /** Entries of one folder of a FAT volume, deleted ones and pieces of long names included (65,536 in FAT itself). */
  maxFatFolderEntries: 65_536,
  /** Entries of all folders of a volume that are read; a folder may be entered from many others. */
  maxFatEntries: 262_144,
  /** Bytes of all files of a volume that are read, the same one again included. */
  maxFatFileBytes: 536_870_912, // 512 MiB
  /** A file of a FAT volume that is read: boot loaders have some 3 MB, kernels with an initrd up to 100 MB. */
  maxBootFileBytes: 134_217_728, // 128 MiB
  /** Parts of one path on a volume. */
  maxPathParts: 64,
  /** Sections of one program for the firmware, of which shim has 15. */
  maxImageSections: 4096,
  /** Signatures of one program; more than two are not known. */
  maxImageSignatures: 64,
  /** Entries of all levels of the resources of a program. */
  maxResourceEntries: 16_384,
  /** Programs on the system partitions that are looked at besides those that are tried; Windows and a Linux have some 20. */
  maxLoaders: 64,
  /** What they and all others with the ending .efi there have together; more is left out. */
  maxLoaderBytes: 67_108_864, // 64 MiB
  /** Files with that ending that are read, programs or not. */
  maxLoaderFiles: 1024,
  /** Folders below \EFI in which they are looked for. */
  maxLoaderFolders: 256,
  /** The image of a suspended VM, which is never in memory: its VM may have 12 TiB. */
  maxSuspendImageBytes: 17_592_186_044_416, // 16 TiB
  /** Records of one image; xenopsd writes five, and one more for each vTPM. */
  maxSuspendRecords: 64,
  /** A record of an image that is passed by; QEMU's is the largest, with the memory of its graphics card. */
  maxSuspendRecordBytes: 1_073_741_824, // 1 GiB
  /** Records of libxc in one image; each has 4 MiB of memory, as a rule. */
  maxLibxcRecords: 4_194_304,
  /** One of them: Xen's own limit (tools/libs/guest/xg_sr_stream_format.h, REC_LENGTH_MAX). */
  maxLibxcRecordBytes: 134_217_728, // 128 MiB
  /** Output over input of a decompressor, counted once the output passes `compressionRatioFloorBytes`. */
  maxCompressionRatio: 200,
  compressionRatioFloorBytes: 4_194_304, // 4 MiB
  /** What it may give out beyond that where nothing of it is kept: zeros in disks and memory; minutes of reading. */
  maxSparseBytes: 274_877_906_944, // 256 GiB
  /** Input of a decompressor beyond what it gives out: skippable frames, empty members, over-long file names. */
  maxCompressionOverheadBytes: 67_108_864, // 64 MiB
  /** What a zstd frame may ask as window; `zstd --long` asks 128 MiB. */
  maxZstdWindowBytes: 134_217_728, // 128 MiB
  /** What is expected of a case of a corpus; one of a pool with 1000 VMs has some 3 MB. */
  maxExpectationBytes: 16_777_216, // 16 MiB
  /** An input that is copied into a corpus; cases are to stay small. */
  maxCaseInputBytes: 33_554_432, // 32 MiB
  /** Archives inside archives; a bug report inside what a portal packs around it needs 2. */
  maxArchiveDepth: 4,
  /** Members of an archive and of those inside it; a bug report has some 2000. */
  maxArchiveMembers: 200_000,
  /** What they hold together, decompressed; a bug report has some 200 MB. */
  maxArchiveBytes: 68_719_476_736, // 64 GiB
  /** Dumps of one archive. */
  maxArchiveDumps: 10_000,
  /** A ZIP archive that comes as a stream: its directory stands at the end, so that it is held in memory. */
  maxZipStreamBytes: 134_217_728, // 128 MiB
  /** The directory of a ZIP archive; 200 000 members need some 20 MB. */
  maxZipDirectoryBytes: 67_108_864, // 64 MiB
  /** A file of a host, which is never in memory: its logs have some 100 MB. */
  maxHostFileBytes: 17_179_869_184, // 16 GiB
  /** What is looked at of one line of a host's log; the rest of it is passed over. */
  maxHostLineBytes: 16_384, // 16 KiB
  /** Of one file of a host and each kind of event; what is more is counted. */
  maxHostEvents: 20_000,
  /** Different lines of varstored that no pattern knows, of one host; what is more is counted. */
  maxUnknownLines: 100,
  /** Of the text of such a line. */
  maxUnknownLineCharacters: 300,
  /** Starts of VMs that failed, of one host. */
  maxFailedStarts: 1000,
  /** Files of one host that are put together; a bug report has some 100 logs. */
  maxHostFiles: 1000,
  /** A mail with its attachments, which is held in memory; servers take some 25 MB. */
  maxMailBytes: 67_108_864, // 64 MiB
  /** Texts and attachments of one mail. */
  maxMailParts: 1000,
  /** Variables of what a guest or a tool shows of its own; a daemon holds 1024, a physical machine some 300. */
  maxSeenVariables: 4096,
  /** Their data together; a daemon's whole NVRAM has 128 KiB. */
  maxSeenBytes: 16_777_216, // 16 MiB
  maxFolderDepth: 64,
  maxFolderEntries: 1_000_000,
  /** One line of a result file, as a run that goes on reads it. */
  maxResultLineBytes: 268_435_456, // 256 MiB
  /** Copies of NVRAMs in backups that timelines are made of; 1000 VMs with 30 backups have 150 000. What comes later is left out. */
  maxTimelineCopies: 1_000_000,
  /** VMs, by their UUID, that a run tells apart for its totals (some 30 MB); of more of them it says no number. */
  maxMachines: 250_000,
  /** Clusters of one root cause that a run tells apart; what comes later is counted by its verdict. */
  maxClusters: 4096,
  /** Members of a cluster that are named; the rest is counted. */
  maxClusterMembers: 100,
  /** Templates of a run in which the origin of a cluster is looked for; a pool has some dozens. */
  maxClusterTemplates: 4096,
  /** Certificates of a cluster's KEK and db that are named; Microsoft's generations together have seven. */
  maxClusterCertificates: 32,
  /** An earlier report that a run is compared with, which is never in memory as a whole. */
  maxBaselineBytes: 68_719_476_736, // 64 GiB
  /** How deep objects and arrays of such a report may be nested; ours needs 10. */
  maxBaselineDepth: 64,
  /** Copies of NVRAMs that such a report tells of, and their findings; some 200 bytes of memory each. */
  maxBaselineCopies: 1_000_000,
  maxBaselineFindings: 8_000_000,
  /** Copies that are gone since then and are named; the rest is counted. */
  maxBaselineGone: 100,
  /** Records (VMs, snapshots) of one input that is read as a stream. */
  maxVmRecords: 100_000,
  /** The same of one that is in memory as a whole, with all that is said of each; an export of a pool's metadata has some 10 000. */
  maxHeldVmRecords: 24_576,
  /** Records under one UUID that are compared with each other; an exported snapshot has two. */
  maxCopiesOfVm: 64,
  /** Variables that the lenient reader takes from one blob; the daemon takes 1024. Each may have several findings. */
  maxVariables: 16_384,
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
  /** The ignore file: some thousand entries with their reasons. */
  maxIgnoreFileBytes: 4_194_304, // 4 MiB
  maxIgnoreEntries: 10_000,
  /** A table or an update given with `--reference`; Microsoft's largest table has 0.4 MB. */
  maxReferenceBytes: 16_777_216, // 16 MiB
  /** Distinct hashes of one reference; Microsoft's tables have 1250. Keeps crafted collisions of the hash table harmless. */
  maxReferenceHashes: 16_384,
} as const;

/** What is remembered of contents seen before (content-cache.ts); a run over any number of inputs holds no more. */
export const CACHE_LIMITS = {
  /** Base64 of an NVRAM, with what it was read into, which takes three quarters more. */
  texts: { entries: 32, bytes: 4_194_304 }, // 4 MiB
  /** Signature lists of a variable: a pool's VMs share theirs, but for dbx, of which each generation is one more. */
  databases: { entries: 64, bytes: 4_194_304 }, // 4 MiB
  /** Certificates by themselves: of databases that differ, most are the same. */
  certificates: { entries: 256, bytes: 1_048_576 }, // 1 MiB
  /** GUIDs of which the text is kept, a power of two: a dump has a dozen different ones. */
  guids: 256,
} as const;
