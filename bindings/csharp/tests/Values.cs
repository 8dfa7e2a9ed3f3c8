using System;
using System.Collections.Generic;
using System.Reflection;
using Libsock;
using static Tests;

/// <summary>The constants: a class of its own, because the case has the name of theirs.</summary>
internal sealed class Values
{
    [Test(Once = true)] public void Constants()
    {
        IReadOnlyDictionary<string, long> all = Libsock.Constants.All();
        Check(all.Count > 500, all.Count + " constants");
        FieldInfo[] fields = typeof(Libsock.Constants).GetFields(BindingFlags.Public | BindingFlags.Static);
        Check(fields.Length > 40, fields.Length + " fields");
        foreach (FieldInfo field in fields)
        {
            Equal(all[field.Name], (int)field.GetValue(null));
        }
        foreach (string name in "In Out Edge Once Exclusive Wake Timer".Split(' '))
        {
            string c = name == "Once" ? "ONESHOT" : name.ToUpperInvariant();
            Equal(Libsock.Constants.Value("SOCK_POLL_" + c), (long)(PollEvents)Enum.Parse(typeof(PollEvents), name));
        }
        Equal(Libsock.Constants.Value("SOCK_CONTROL_GRO"), Control.Gro);
        Equal(Libsock.Constants.Value("SOCK_CONTROL_TOS"), Control.Tos);
        Equal(Libsock.Constants.Value("SOCK_PHASE_CONNECTED"), (long)AttemptPhase.Connected);
        Equal(Libsock.Constants.Value("SOCK_READ"), (long)SockDirection.Read);
        Fails<ArgumentException>(() => Libsock.Constants.Value("NO_SUCH_NAME"));
    }
}
