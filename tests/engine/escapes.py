"""What somebody would try who got past the static wall: lines of ``forward``, in a process that runs any Python.

Each prints ``OUT`` where it got what it wanted. ``SECRET`` is a file of another workspace, ``OUTSIDE`` a folder that is
not its own, ``SERVER`` the number of the process that asked, ``QUEUE`` a queue of its messages. Should a wall ever
break, nothing here harms the machine.
"""

HEAD = (
    "import ctypes, mmap, os, resource, shutil, signal, socket, subprocess, sys, threading\nfrom pathlib import Path\n"
)

ESCAPES = {
    "read another workspace": "print('OUT', open(SECRET).read())",
    "read it through /proc": "print('OUT', open('/proc/self/root' + SECRET).read())",
    "read it through torch": "print('OUT', torch.from_file(SECRET, shared=False, size=4, dtype=torch.uint8))",
    "read the accounts": "print('OUT', open('/etc/passwd').read())",
    "read the program beside the engine": "print('OUT', open(APP).read())",
    "list the workspaces": "print('OUT', os.listdir(OUTSIDE))",
    "list the root": "print('OUT', os.listdir('/'))",
    "read the server's environment": "print('OUT', open(f'/proc/{SERVER}/environ').read())",
    "read the server's memory": "print('OUT', open(f'/proc/{SERVER}/mem', 'rb').read(1))",
    "write a file": "open(OUTSIDE + '/new', 'w').write('x')\nprint('OUT')",
    "write a temporary file": "open('/tmp/netcore-escape', 'w').write('x')\nprint('OUT')",
    "write into its own folder": "open('new', 'w').write('x')\nprint('OUT')",
    "write into the engine": "open(ENGINE + '/new.py', 'w').write('x')\nprint('OUT')",
    "write shared memory": "open('/dev/shm/netcore-escape', 'w').write('x')\nprint('OUT')",
    "overwrite a file": "open(SECRET, 'w').write('x')\nprint('OUT')",
    "overwrite it through torch": """
torch.from_file(SECRET, shared=True, size=4, dtype=torch.uint8).fill_(65)
print('OUT')""",
    "append to a file": "open(SECRET, 'a').write('x')\nprint('OUT')",
    "cut a file": "os.truncate(SECRET, 0)\nprint('OUT')",
    "remove a file": "os.unlink(SECRET)\nprint('OUT')",
    "remove a folder": "shutil.rmtree(OUTSIDE)\nprint('OUT')",
    "rename a file": "os.rename(SECRET, SECRET + '2')\nprint('OUT')",
    "link a file": "os.link(SECRET, 'linked')\nprint('OUT')",
    "link by name": "os.symlink(SECRET, 'linked')\nprint('OUT')",
    "lock a file away": "os.chmod(SECRET, 0)\nprint('OUT')",
    "give a file away": "os.chown(SECRET, 1, 1)\nprint('OUT')",
    "mark a file": "os.setxattr(SECRET, 'user.a', b'1')\nprint('OUT')",
    "look at the marks of a file": "print('OUT', os.listxattr(SECRET))",
    "read a mark of a file": "os.getxattr(SECRET, 'user.a')\nprint('OUT')",
    "read where a link leads": "print('OUT', os.readlink('/proc/self'))",
    "list the connections": "print('OUT', open('/proc/self/net/tcp').read())",
    "list the local sockets": "print('OUT', open('/proc/net/unix').read())",
    "list the mounts": "print('OUT', open('/proc/self/mounts').read())",
    "list the mounts of a thread": "print('OUT', open(f'/proc/self/task/{os.getpid()}/mountinfo').read())",
    "count the queues of others": """
told = ctypes.create_string_buffer(512)
print('OUT' if ctypes.CDLL(None).msgctl(0, 12, told) >= 0 else '')""",
    "read a queue of others": """
told = ctypes.create_string_buffer(512)
print('OUT' if ctypes.CDLL(None).msgrcv(QUEUE, told, 16, 0, 2048) >= 0 else '')""",
    "fill a queue of others": """
said = ctypes.create_string_buffer(b'\\1\\0\\0\\0\\0\\0\\0\\0hello', 24)
print('OUT' if ctypes.CDLL(None).msgsnd(QUEUE, said, 5, 2048) == 0 else '')""",
    "remove a queue of others": "print('OUT' if ctypes.CDLL(None).msgctl(QUEUE, 0, None) == 0 else '')",
    "count the semaphores of others": """
told = ctypes.create_string_buffer(512)
print('OUT' if ctypes.CDLL(None).semctl(0, 0, 19, told) >= 0 else '')""",
    "count the shared memory of others": """
told = ctypes.create_string_buffer(512)
print('OUT' if ctypes.CDLL(None).shmctl(0, 14, told) >= 0 else '')""",
    "make a folder": "os.mkdir(OUTSIDE + '/folder')\nprint('OUT')",
    "make a pipe": "os.mkfifo('pipe')\nprint('OUT')",
    "make a device": "os.mknod('disk', 0o060600, os.makedev(7, 0))\nprint('OUT')",
    "mount": "print('OUT' if ctypes.CDLL(None).unshare(0x20000) == 0 else '')",
    "change the root": "os.chroot('.')\nprint('OUT')",
    "fork": "os.fork() or os._exit(0)\nprint('OUT')",
    "fork by number": """
number = 57 if os.uname().machine == 'x86_64' else 220
child = ctypes.CDLL(None).syscall(number, 17)
child or os._exit(0)
print('OUT' if child > 0 else '')""",
    "run a program": "subprocess.run(['true'])\nprint('OUT')",
    "become a program": "os.execv('/bin/echo', ['echo', 'OUT'])",
    "run a shell": "print('OUT' if os.system('true') == 0 else '')",
    "open a connection": "socket.create_connection(('127.0.0.1', PORT), 1)\nprint('OUT')",
    "listen": "socket.socket().bind(('127.0.0.1', 0))\nprint('OUT')",
    "send a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))\nprint('OUT')",
    "open a local socket": "socket.socket(socket.AF_UNIX)\nprint('OUT')",
    "kill the server": "os.kill(SERVER, 0)\nprint('OUT')",
    "kill its parent": "os.kill(os.getppid(), 0)\nprint('OUT')",
    "kill everybody": "os.kill(-1, 0)\nprint('OUT')",
    "kill the server's group": "os.killpg(os.getpgid(SERVER), 0)\nprint('OUT')",
    "kill by thread": "print('OUT' if ctypes.CDLL(None).tgkill(SERVER, SERVER, 0) == 0 else '')",
    "trace the server": "print('OUT' if ctypes.CDLL(None).ptrace(16, SERVER, None, None) == 0 else '')",
    "leave its session": "os.setsid()\nprint('OUT')",
    "slow the server down": """
os.setpriority(os.PRIO_PROCESS, SERVER, os.getpriority(os.PRIO_PROCESS, SERVER))
print('OUT')""",
    "pin the server": "os.sched_setaffinity(SERVER, os.sched_getaffinity(0))\nprint('OUT')",
    "limit the server": "resource.prlimit(SERVER, resource.RLIMIT_CORE, (0, -1))\nprint('OUT')",
    "raise its limits": "resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))\nprint('OUT')",
    "take memory": "bytearray(3 * 1024**3)\nprint('OUT')",
    "take addresses": """
mmap.mmap(-1, 64 * 1024**3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
print('OUT')""",
    "take shared memory": "mmap.mmap(-1, 4096)\nprint('OUT')",
    "take a file of memory": "os.memfd_create('x')\nprint('OUT')",
    "become root again": "os.setuid(0)\nos.setgroups([])\nprint('OUT')",
    "find open files": """
for name in os.listdir('/proc/self/fd'):
    link = os.readlink(f'/proc/self/fd/{name}') if int(name) > 3 and os.path.islink(f'/proc/self/fd/{name}') else ''
    if link.startswith(('socket', 'pipe')):
        print('OUT', name, link)""",
    "find the server's words": "print('OUT' if 'NETCORE_TEST_TOKEN' in str(os.environ) else '')",
}

SILENCES = {
    "end without a word": "os._exit(0)",
    "end with a lie": "os._exit(7)",
    "crash": "ctypes.string_at(0)",
    "kill itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "answer with garbage": "os.write(3, b'\\xff' * 1000)\nos._exit(0)",
    "answer with too long a length": "os.write(3, b'{\"payload_bytes\": 2147483648}\\n')\nos._exit(0)",
    "answer with no length": "os.write(3, b'{}\\n')\nos._exit(0)",
    "answer nan": "os.write(3, b'{\"payload_bytes\": 3}\\nNaN')\nos._exit(0)",
    "answer deep": "os.write(3, b'{\"payload_bytes\": 100000}\\n' + b'[' * 100000)\nos._exit(0)",
    "answer many keys": """
text = b'{' + b','.join(b'"%d":1' % i for i in range(10**5)) + b'}'
for part in [b'{"payload_bytes": %d}\n' % len(text), *[text[i : i + 65536] for i in range(0, len(text), 65536)]]:
    os.write(3, part)
os._exit(0)""",
    "answer as another class": 'os.write(3, b\'{"payload_bytes": 12}\\n{"":"Popen"}\')\nos._exit(0)',
    "answer with an error that is none": """
os.write(3, b'{"error": "os", "what": 1, "payload_bytes": 0}\n')
os._exit(0)""",
    "answer without end": "while True:\n    os.write(3, b'x' * 65536)",
    "say nothing for ever": "while True:\n    pass",
    "sleep for ever": "threading.Event().wait()",
    "ignore every signal": "[signal.signal(s, signal.SIG_IGN) for s in (1, 2, 3, 15, 24)]\nwhile True:\n    pass",
    "leave a thread behind": "threading.Thread(target=threading.Event().wait).start()\nos._exit(3)",
    "threads without end": "[threading.Thread(target=threading.Event().wait).start() for _ in range(10**6)]",
    "hold every lock of Python": "a = 9\nfor i in range(60):\n    a = a * a",
    "print without end": "while True:\n    print('x' * 1000)",
}
"""Lines after which there is no answer, or none that anybody could use."""
